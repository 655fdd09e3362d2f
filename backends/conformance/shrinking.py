"""The smallest tape that shows a mistake: fewer steps, one coordinate, simple numbers."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from backends.conformance.subjects import Subject
from backends.conformance.tapes import KINDS, Kind, shortened
from backends.conformance.trial import Place, on
from backends.conformance.verdict import WRONG, Trial
from reference import Tape
from reference.arrays import Floats

TRIES = 40  # of smaller tapes
PLAIN = (None, "arrays", "memory")  # what a tape needs whose coordinates have one tape's truth


def smallest(subject: Subject, trial: Trial) -> Trial:
    """Return the verdict on the smallest tape found that ``trial``'s mistake shows on.

    A tape whose own way of handing gradients over is what shows it keeps its arrays.
    """
    place = Place(trial.dtype, trial.path)
    kind, best = KINDS[trial.tape], trial
    for _ in range(TRIES):
        better = _first_wrong(subject, kind, best, place)
        if better is None:
            break
        kind, best = better
    return best


def _first_wrong(
    subject: Subject, kind: Kind, trial: Trial, place: Place
) -> tuple[Kind, Trial] | None:
    for smaller, run in _smaller(kind, trial):
        found = on(subject, smaller, run, trial.tape, place)
        if found.verdict == WRONG and found.step:
            return smaller, found
    return None


def _smaller(kind: Kind, trial: Trial) -> Iterator[tuple[Kind, Tape]]:
    """Yield smaller tapes than a trial's and how they are handed over, the smallest first."""
    run, step = trial.run, trial.step or trial.run.steps
    if step < run.steps:
        yield replace(kind, steps=step), replace(run, gradients=run.gradients[:step])
        return
    if trial.coordinate is not None and run.elementwise and kind.needs in PLAIN:
        alone = run.at(slice(trial.coordinate, trial.coordinate + 1))
        if kind.needs is not None or len(run.start) > 1:
            yield shortened(1, step), alone
    if kind.needs is None:
        for other in _simpler(run):
            yield shortened(len(other.start), other.steps), other


def _simpler(run: Tape) -> Iterator[Tape]:
    """Yield tapes of fewer steps, and of simpler numbers."""
    for left in (run.steps // 2, run.steps - 1):
        if 0 < left < run.steps:
            yield replace(run, gradients=run.gradients[-left:])
    for simple in (np.sign, _power):
        gradients, start = simple(run.gradients), simple(run.start)
        if not np.array_equal(gradients, run.gradients):
            yield replace(run, gradients=gradients)
        if not np.array_equal(abs(start), abs(run.start)):
            yield replace(run, start=start)


def _power(values: Floats) -> Floats:
    """Round to powers of two, which every dtype represents; one is one already."""
    size = np.abs(values)
    with np.errstate(divide="ignore"):
        rounded = np.exp2(np.round(np.log2(size)))
    return np.where(size == 0, 0.0, np.sign(values) * rounded)
