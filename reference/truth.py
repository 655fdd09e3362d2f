"""The truth: a case in 50-digit arithmetic, and how a rounding error grows along it.

The specification is run once exactly and several times with a random error in every operation,
of the size that the case's precision makes. How far these runs stray from the exact one, step by
step, is how far a correct implementation may stray; where they part altogether, the case is
chaotic from there on, and the step is its horizon.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np

from reference.case import Case, Floats
from reference.digits import DIGITS, Digits, distance, float64
from reference.objective import Objective
from reference.rounding import Rounding
from reference.spec import Array

SAMPLES = 8  # perturbed runs; the largest of their errors stands for what rounding does
MARGIN = 4  # times that: an implementation orders and fuses its operations differently
CHAOS = 1e-2  # a bound above this part of the run's extent says nothing any more
BUDGET = 30_000  # data visited in all steps: what 50 digits can afford in a few seconds
HUGE = 1e30  # beyond this a run counts as diverged, and exact numbers would only grow


class Exactly(Objective):
    """The objective in the arithmetic of the truth; a numerical inverse errs by its tolerance."""

    tolerance = 0.0

    def numerical_inverse(self, y: Array, x: Array) -> Array:
        return self.xp.blurred(self.inverse(y), self.tolerance)


@dataclass(frozen=True)
class Truth:
    """The true trajectory and the error allowed along it.

    Attributes
    ----------
    points, values
        Exact points (n + 1, d) and values (n + 1,), object arrays of mpmath numbers; n is the
        case's steps, or as many as the stop, the budget or a divergence leaves.
    allowed, values_allowed
        The bound on an implementation's absolute error, same shapes, float64.
    horizon
        Per coordinate, the number of leading rows that can be compared, int64 (d,).
    """

    points: Array
    values: Array
    allowed: Floats
    values_allowed: Floats
    horizon: Any

    @property
    def chaotic(self) -> bool:
        """Whether some coordinate cannot be compared to the end."""
        return bool((self.horizon < len(self.points)).any())


def affordable(case: Case) -> int:
    """How many of the case's steps a 50-digit run can take within `BUDGET`."""
    data = case.objective.constants(case.p).get("data")
    if data is None:
        return case.steps
    return min(case.steps, BUDGET // (len(data) if case.batch is None else case.batch.size))


def _walk(case: Case, xp: Any) -> Iterator[tuple[Array, Array]]:
    """Yield the point and value after 0, 1, 2, ... steps, in the arithmetic of ``xp``."""

    def convert(value: Any) -> Any:
        return xp.convert(value, case.dtype)

    h = SimpleNamespace(**{f.name: convert(getattr(case.h, f.name)) for f in fields(case.h)})
    constants = {n: convert(v) for n, v in case.objective.constants(case.p).items()}
    whole = Exactly(case.objective, constants, xp)
    whole.tolerance = case.spec.tolerance(case.h)
    batch = case.batch
    batches = None if batch is None else batch.indices(len(constants["data"]), case.steps)
    x = convert(case.x0)
    state = case.spec.init(x, h)
    yield x, whole.value(x)
    for t in range(affordable(case)):
        f = whole if batches is None else whole.restricted(whole.k.data[batches[t]])
        old, (x, state) = x, case.spec.step(f, h, x, state)
        if not all(abs(c) < HUGE for c in x):
            return
        yield x, whole.value(x)
        if case.stop is not None and case.stop.reached(xp, whole, old, x):
            return


def _run(case: Case, xp: Any) -> tuple[Array, Array]:
    rows: list[tuple[Array, Array]] = []
    with mpmath.workdps(DIGITS), np.errstate(all="ignore"):
        with suppress(ZeroDivisionError, np.linalg.LinAlgError):  # a singular Hessian ends it
            rows.extend(_walk(case, xp))
        points, values = zip(*rows, strict=True)
        return np.stack(points), np.stack(values)


@cache
def trajectory(case: Case) -> tuple[Array, Array]:
    """Run the specification in 50-digit arithmetic.

    Returns points (n + 1, d) and values (n + 1,), object arrays of mpmath numbers.
    """
    return _run(case, Digits())


def ulps(ours: Floats, true: Array, dtype: str) -> Floats:
    """|ours - true| in units in the last place of ``true`` in ``dtype``, float64."""
    spacing = np.spacing(np.abs(float64(true).astype(dtype)))
    return np.asarray(distance(ours, true) / spacing.astype(np.float64))


@cache
def truth(case: Case) -> Truth:
    """The true trajectory of ``case`` and the error that its dtype allows along it."""
    points, values = trajectory(replace(case, dtype="float64"))  # exact: one for both dtypes
    unit = float(np.finfo(case.dtype).eps)
    onward = replace(case, stop=None, steps=len(points) - 1)
    runs = [_run(onward, Rounding(unit, seed)) for seed in range(1, SAMPLES + 1)]
    rows = min(len(points), *(len(p) for p, _ in runs))
    points, values = points[:rows], values[:rows]
    allowed = _allowed([p[:rows] for p, _ in runs], points, case.dtype)
    values_allowed = _allowed([v[:rows] for _, v in runs], values, case.dtype)
    extent = np.abs(float64(points)).max(axis=0)
    lost = allowed > CHAOS * np.maximum(extent, np.finfo(case.dtype).tiny)
    horizon = np.where(lost.any(axis=0), lost.argmax(axis=0), rows)
    return Truth(points, values, allowed, values_allowed, horizon)


def _allowed(runs: list[Array], exact: Array, dtype: str) -> Floats:
    """`MARGIN` times the largest error of the perturbed runs, and one unit in the last place."""
    spread = np.max([distance(np.asarray(run), exact) for run in runs], axis=0)
    spacing = np.spacing(np.abs(float64(exact).astype(dtype)))
    return np.asarray(MARGIN * spread + spacing, dtype=np.float64)
