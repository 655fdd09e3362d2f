"""The smallest tape that shows a mistake: fewer steps, one coordinate, simple numbers."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from backends.conformance.exact import elementwise
from backends.conformance.subjects import Subject
from backends.conformance.tapes import KINDS, Kind, shortened
from backends.conformance.trial import Place, on
from backends.conformance.verdict import WRONG, Trial
from reference import Tape
from reference.arrays import Floats

TRIES = 40  # of smaller tapes


def smallest(subject: Subject, trial: Trial) -> Trial:
    """Return the verdict on the smallest tape found that ``trial``'s mistake shows on.

    A tape that hands its gradients over in a way of its own keeps its arrays.
    """
    kind, place = KINDS[trial.tape.split(",")[0]], Place(trial.dtype, trial.path)
    best = trial
    for _ in range(TRIES):
        better = _first_wrong(subject, kind, best, place)
        if better is None:
            return best
        best = better
    return best


def _first_wrong(subject: Subject, kind: Kind, trial: Trial, place: Place) -> Trial | None:
    for run in _smaller(kind, trial):
        found = on(subject, _fitting(kind, run), run, trial.tape, place)
        if found.verdict == WRONG and found.step:
            return found
    return None


def _fitting(kind: Kind, run: Tape) -> Kind:
    if kind.needs is not None:
        return replace(kind, steps=run.steps)
    return shortened(kind, len(run.start), run.steps)


def _smaller(kind: Kind, trial: Trial) -> Iterator[Tape]:
    """Yield smaller tapes than a trial's, the smallest first."""
    run, step = trial.run, trial.step or trial.run.steps
    if step < run.steps:
        yield replace(run, gradients=run.gradients[:step])
        return
    if kind.needs is not None:
        return
    if len(run.start) > 1 and trial.coordinate is not None and elementwise(run.optimizer):
        yield run.at(slice(trial.coordinate, trial.coordinate + 1))
    for left in (step // 2, step - 1):
        if 0 < left < step:
            yield replace(run, gradients=run.gradients[-left:])
    for simple in (np.sign, _power):
        gradients, start = simple(run.gradients), simple(run.start)
        if not np.array_equal(gradients, run.gradients):
            yield replace(run, gradients=gradients)
        if not np.array_equal(start, run.start) and not np.array_equal(abs(run.start), abs(start)):
            yield replace(run, start=start)


def _power(values: Floats) -> Floats:
    """Round to powers of two, which every dtype represents; one is one already."""
    size = np.abs(values)
    with np.errstate(divide="ignore"):
        rounded = np.exp2(np.round(np.log2(size)))
    return np.where(size == 0, 0.0, np.sign(values) * rounded)
