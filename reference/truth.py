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
MARGIN = 8  # times that: an implementation orders and fuses its operations differently
CHAOS = 1e-2  # a bound above this part of the run's extent says nothing any more
BUDGET = 6_000  # data visited in all steps: what 50 digits can afford in a few seconds
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


def affordable(case: Case, budget: int = BUDGET) -> int:
    """How many of the case's steps a 50-digit run can take within ``budget``; at least one.

    A step visits all data, minibatches or not: its value is on all of them.
    """
    data = case.objective.constants(case.p).get("data")
    if data is None:
        return case.steps
    return min(case.steps, max(1, budget // len(data)))


def _objective(case: Case, xp: Any) -> Exactly:
    constants = case.objective.constants(case.p)
    converted = {name: xp.convert(value, case.dtype) for name, value in constants.items()}
    whole = Exactly(case.objective, converted, xp)
    whole.tolerance = case.spec.tolerance(case.h)
    return whole


def _walk(case: Case, xp: Any, whole: Exactly, steps: int) -> Iterator[Array]:
    """Yield the point after 0, 1, 2, ... steps, in the arithmetic of ``xp``."""
    hyper = {f.name: xp.convert(getattr(case.h, f.name), case.dtype) for f in fields(case.h)}
    h = SimpleNamespace(**hyper)
    batch = case.batch
    batches = None if batch is None else batch.indices(len(whole.k.data), case.steps)
    x = xp.convert(case.x0, case.dtype)
    state = case.spec.init(x, h)
    yield x
    for t in range(steps):
        f = whole if batches is None else whole.restricted(whole.k.data[batches[t]])
        old, (x, state) = x, case.spec.step(f, h, x, state)
        if not all(abs(c) < HUGE for c in x):
            return
        yield x
        if case.stop is not None and case.stop.reached(xp, whole, old, x):
            return


def _run(case: Case, xp: Any, budget: int) -> tuple[Array, Array]:
    walked: list[Array] = []
    with mpmath.workdps(DIGITS), np.errstate(all="ignore"):
        whole = _objective(case, xp)
        with suppress(ZeroDivisionError, np.linalg.LinAlgError):  # a singular Hessian ends it
            walked.extend(_walk(case, xp, whole, affordable(case, budget)))
        points = xp.stack(walked)
        return points, whole.value(points)


@cache
def trajectory(case: Case, budget: int = BUDGET) -> tuple[Array, Array]:
    """Run the specification in 50-digit arithmetic.

    Returns points (n + 1, d) and values (n + 1,), object arrays of mpmath numbers.
    """
    return _run(case, Digits(), budget)


def ulps(ours: Floats, true: Array, dtype: str) -> Floats:
    """|ours - true| in units in the last place of the step's numbers in ``dtype``.

    A step from x to y rounds in units of the larger. A coordinate below one rounding error of the
    largest it has been is zero to the run's precision, and takes that for its size.
    """
    size = np.abs(float64(true))
    size[1:] = np.maximum(size[1:], size[:-1])
    size = np.maximum(size, np.finfo(dtype).eps * size.max(axis=0))
    unit = np.spacing(np.maximum(size, np.finfo(dtype).tiny).astype(dtype)).astype(np.float64)
    return np.asarray(distance(ours, true) / unit)


@cache
def truth(case: Case, budget: int = BUDGET) -> Truth:
    """The true trajectory of ``case`` and the error that its dtype allows along it."""
    points, values = trajectory(replace(case, dtype="float64"), budget)  # exact: one for both
    onward = replace(case, stop=None, steps=len(points) - 1)
    runs = [_run(onward, Rounding(case.dtype, s), budget) for s in range(1, SAMPLES + 1)]
    rows = min(len(points), *(len(p) for p, _ in runs))
    points, values = points[:rows], values[:rows]
    allowed = _allowed([p[:rows] for p, _ in runs], points, case.dtype)
    values_allowed = np.fmax.reduce(
        [_allowed([v[:rows] for _, v in runs], values, case.dtype)]
        + [distance(_amplified(case, points, p[:rows]), values) for p, _ in runs]
    )
    extent = np.abs(float64(points)).max(axis=0)
    lost = allowed > CHAOS * np.maximum(extent, np.finfo(case.dtype).tiny)
    horizon = np.where(lost.any(axis=0), lost.argmax(axis=0), rows)
    return Truth(points, values, allowed, values_allowed, horizon)


def _amplified(case: Case, exact: Array, run: Array) -> Array:
    """The values where a perturbed run's error is `MARGIN` times as large.

    Near a minimum the value grows with its square.
    """
    xp: Rounding = run.rounding
    points = float64(exact)
    with np.errstate(all="ignore"):
        return _objective(case, xp).value(xp.absorb(points + MARGIN * (float64(run) - points)))


def _allowed(runs: list[Array], exact: Array, dtype: str) -> Floats:
    """`MARGIN` times the largest error of the perturbed runs, and one unit in the last place."""
    spread = np.max([distance(np.asarray(run), exact) for run in runs], axis=0)
    with np.errstate(over="ignore"):
        spacing = np.spacing(np.abs(float64(exact).astype(dtype)))
    return np.asarray(MARGIN * spread + spacing, dtype=np.float64)


@dataclass(frozen=True)
class Agreement:
    """How far a trajectory is from the truth, over the rows that can be compared.

    ``ulps`` is the largest error in units in the last place, ``along`` that of each row, and
    ``ratio`` the largest error divided by the one allowed: above 1, something is wrong.
    """

    rows: int
    horizon: tuple[int, ...]
    chaotic: bool
    ulps: float
    along: tuple[float, ...]
    ratio: float


def compare(case: Case, points: Floats, values: Floats) -> Agreement:
    """Compare points (n + 1, d) and values (n + 1,) computed for ``case`` to the truth.

    The rows after either one's end, and a coordinate's rows after its horizon, are left out. A
    number that is not finite within them is infinitely wrong, unless a coordinate beyond its
    horizon took it along.
    """
    true = truth(case)
    rows = min(len(points), len(true.points))
    heard = np.arange(rows)[:, None] < true.horizon
    all_heard = heard.all(axis=1)
    heard &= (np.isfinite(points[:rows]).all(axis=1) | all_heard)[:, None]
    error = distance(points[:rows].astype(np.float64), true.points[:rows])
    off = ulps(points[:rows].astype(np.float64), true.points[:rows], case.dtype)
    value_error = distance(values[:rows].astype(np.float64), true.values[:rows])
    ratios = np.concatenate(
        [
            (error / true.allowed[:rows])[heard],
            (value_error / true.values_allowed[:rows])[all_heard],
        ]
    )
    return Agreement(
        rows=rows,
        horizon=tuple(true.horizon.tolist()),
        chaotic=true.chaotic,
        ulps=float(np.max(off[heard], initial=0.0)),
        along=tuple(np.where(heard, off, 0).max(axis=1).tolist()),
        ratio=float(np.max(np.where(np.isfinite(ratios), ratios, np.inf), initial=0.0)),
    )
