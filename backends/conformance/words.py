"""Trials in words."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from backends.conformance.tapes import KINDS
from backends.conformance.verdict import CANNOT_TELL, NOT_RUN, RIGHT, WRONG, Trial
from reference import OPTIMIZERS
from reference.first_order import SHARED
from reference.precision import PRECISIONS

NUMBERS = 8  # of a smallest tape that is written out
FEW = 3  # tapes whose purposes are told
LABELS = {CANNOT_TELL: CANNOT_TELL, NOT_RUN: "left out"}  # of tapes, not of the whole check


def settings(optimizer: str, hyper: Mapping[str, object]) -> str:
    """Return an optimizer as one writes a call: its numbers, and what is off its default."""
    default = vars(OPTIMIZERS[optimizer].hyper())
    said = {
        name: hyper.get(name, value)
        for name, value in default.items()
        if hyper.get(name, value) != value or (_constant(value) and name not in SHARED)
    }
    return f"{optimizer}({', '.join(f'{name}={value!r}' for name, value in said.items())})"


def _constant(value: object) -> bool:
    """Whether a default is a number that a formula always has, and no convention."""
    return isinstance(value, float) and value not in (0.0, 1.0)


def tally(trials: Sequence[Trial]) -> dict[str, int]:
    """Return how many trials have each verdict."""
    return {v: sum(t.verdict == v for t in trials) for v in (RIGHT, WRONG, CANNOT_TELL, NOT_RUN)}


def number(value: float) -> str:
    """Return a size in three digits, or in whole numbers from 100 on."""
    return f"{value:,.0f}" if 100 <= abs(value) < 1e6 else f"{value:.3g}"


def where(trial: Trial) -> str:
    """Return a trial's tape, dtype and path in words."""
    return f"tape {trial.tape!r}, {trial.dtype}, path {trial.path}"


def off(trial: Trial) -> str:
    """Return how far a trial is off, in words."""
    if trial.got is None:
        return ""
    if math.isnan(trial.got):
        return f"coordinate {trial.coordinate} is NaN, exact {trial.exact}"
    got = str(np.dtype(PRECISIONS[trial.of].wide).type(trial.got))
    place = f"coordinate {trial.coordinate}: got {got}, exact {trial.exact}"
    if not math.isfinite(trial.got):
        return place
    return f"{place}; {number(trial.ulps)} ulp off, up to {number(trial.ratio)} times the bound"


def names(trials: Sequence[Trial]) -> str:
    """Return the tapes of trials, each once."""
    counted = Counter(trial.tape for trial in trials)
    return ", ".join(f"{name} ({n})" if n > 1 else name for name, n in counted.items())


def purposes(trials: Sequence[Trial]) -> list[str]:
    """Return what tapes are there for, if they are few, each in a line."""
    kinds = {trial.tape: KINDS[trial.tape] for trial in trials if trial.tape in KINDS}
    return [f"{n!r} is for {k.finds}" for n, k in kinds.items()] if len(kinds) <= FEW else []


def shrunk(trial: Trial) -> list[str]:
    """Return the smallest tape that shows a mistake, and what happens on it."""
    run = trial.run
    steps = f"{run.steps} step{'s' * (run.steps > 1)}"
    of = f"{len(run.start)} parameter{'s' * (len(run.start) > 1)}"
    head = f"smallest tape that shows it: {steps} of {of}"
    if run.gradients.size > NUMBERS:
        return [f"{head}, {trial.dtype}", f"  {off(trial) or trial.why}"]
    return [
        f"{head}, {trial.dtype}",
        f"  start {run.start.tolist()}",
        f"  gradients {run.gradients.tolist()}",
        f"  {off(trial) or trial.why}",
    ]


def table(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield a line for each path and dtype: how many tapes have each verdict."""
    places = dict.fromkeys((t.path, t.dtype) for t in trials)
    wide = max(len("path"), *(len(path) for path, _ in places))
    yield f"{'path':{wide}}  {'dtype':8}  right  wrong  cannot tell  left out"
    for path, dtype in places:
        counts = tally([t for t in trials if (t.path, t.dtype) == (path, dtype)])
        cells = zip(counts.values(), (5, 5, 11, 8), strict=True)
        numbers = "  ".join(f"{n or '':>{w}}" for n, w in cells)
        yield f"{path:{wide}}  {dtype:8}  {numbers}".rstrip()


def reasons(trials: Sequence[Trial], verdict: str) -> Iterator[str]:
    """Yield why trials have a verdict, with their tapes and paths, each reason once."""
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.verdict == verdict:
            found.setdefault(trial.why, []).append(trial)
    for why, alike in found.items():
        paths = ", ".join(dict.fromkeys(t.path for t in alike))
        yield f"{LABELS[verdict]}: {why} ({names(alike)}; {paths})"
