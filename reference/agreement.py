"""Exact trajectories, and a bound on the rounding error of a correct implementation at each step.

The specification is run once in 50-digit arithmetic, the truth, and `BATCHES` * `SAMPLES` times
with a random rounding error in every operation, at most as large as `reference.allowances` says.
The bound at each step is `MARGIN` times the largest error of these perturbed runs. Where the bound
exceeds `CHAOS` times a coordinate's largest magnitude, the coordinate is chaotic; the first such
step is its horizon, and no implementation is compared from there on.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Protocol, TypeAlias, overload

import mpmath
import numpy as np

from reference.arrays import Bools, Floats, Ints, Objects, Reals
from reference.case import Case
from reference.digits import DIGITS, Digits, distance, float64
from reference.errors import Invalid
from reference.first_order import take
from reference.kept import kept
from reference.namespace import plain
from reference.objective import Objective
from reference.parameters import Parameters
from reference.precision import PRECISIONS
from reference.rounding import Rounding
from reference.spec import Array, Namespace, Optimizer, State
from reference.states import resumed
from reference.tape import Tape

# A bound is MARGIN times the largest error of BATCHES * SAMPLES perturbed runs. The numbers were
# chosen by `reference.sharpness.coverage` (`nox -s bound` reports a part of it):
# - Elementwise optimizers: seven cases and tapes in both dtypes, 20,000 independent runs of each,
#   against the largest error of each of 40 groups of 64 runs. 2 in 10,000 exceed it twofold. None
#   of 280,000 exceeds it 2.91-fold, so at 95 % confidence fewer than 1 in 90,000 exceed it
#   threefold. With groups of 32, 16 and 8 runs, 1 in 130,000, 600 and 25 exceed it threefold.
# - Other optimizers (Newton, bisection, ...): 4,000 runs of each. 1 in 40,000 exceeds the largest
#   error of 64 threefold, where a step lands on zero; that of 32, 1 in 5,000.
# - numpy, JAX and torch, eager and compiled, on all cases and tapes, and torch with a square root
#   that is one ulp off: no error exceeds 0.94 times the largest of 64, a third of the bound.
BATCHES = 4  # runs of one batch share the rounding errors of the problem's constants
SAMPLES = 16  # runs of a batch, vectorised: they take hardly longer than one
MARGIN = 3
CHAOS = 1e-2  # relative to a coordinate's largest magnitude: a larger bound excludes nothing
LEFT = 5  # bits lost to the bound in a format of 16 bits, where a hundredth is lost in one step
BUDGET = 6_000  # data points visited in all steps: a few seconds in 50 digits
HUGE = 1e30  # a run beyond this magnitude counts as diverged
KEPT = 512  # size of the caches
CONSTANT = "k."  # prefix of a problem's constants in `Changes`

Changes: TypeAlias = Mapping[str, float]  # relative changes of a run's real numbers, by name
UNCHANGED: Changes = {}


class Exactly(Objective):
    """An objective in 50-digit or perturbed arithmetic.

    ``tolerance`` is the error of a numerical inverse; 50-digit arithmetic ignores it.
    """

    tolerance = 0.0

    def numerical_inverse(self, y: Array, x: Array) -> Array:
        return self.xp.blurred(self.inverse(y), self.tolerance)

    def single(self, y: Array) -> Array:
        return self.xp.single(y)


class Given:
    """An objective whose gradient is ``row``, a step's gradient on a tape, at every point."""

    def __init__(self, xp: Namespace) -> None:
        self.xp = xp
        self.row: Array = None

    def gradient(self, x: Array) -> Array:
        return self.row


@dataclass(frozen=True)
class Truth:
    """The exact points of a run, and the bound on an implementation's error at each.

    Attributes
    ----------
    points
        Exact points (n + 1, d), an object array of mpmath numbers. n is the number of steps; less
        where the stopping rule, the budget or a divergence ends the run.
    allowed
        The bound on the absolute error, (n + 1, d), float64.
    horizon
        For each coordinate the number of rows before it is chaotic, int64 (d,).
    """

    points: Objects
    allowed: Floats
    horizon: Ints

    @property
    def chaotic(self) -> bool:
        """Whether some coordinate's horizon is before the last row."""
        return bool((self.horizon < len(self.points)).any())

    def ratio(self, point: Reals | Objects, step: int | None = None) -> float:
        """Return the largest error of ``point`` divided by its bound; above 1, it is wrong.

        Parameters
        ----------
        point
            (d,) parameters after ``step`` steps. Those past their horizon are not compared.
        step
            None for the last.

        Raises
        ------
        Invalid
            If the truth ends before ``step``, or every parameter is past its horizon.
        """
        row = len(self.points) - 1 if step is None else step
        if not 0 <= row < len(self.points):
            raise Invalid(f"step = {step!r}: the truth ends after {len(self.points) - 1} steps")
        compared = self.horizon > row
        if not compared.any():
            raise Invalid(f"step = {row}: every parameter is chaotic by then")
        return _ratio(point, self.points[row], self.allowed[row], compared)


@dataclass(frozen=True)
class CaseTruth(Truth):
    """The truth of a case: also the objective's exact values, (n + 1,), and their bounds."""

    values: Objects
    values_allowed: Floats


@dataclass(frozen=True)
class TapeTruth(Truth):
    """The truth of a tape: also the optimizer's state after the last step.

    Attributes
    ----------
    slots, slots_allowed
        The state's exact arrays in the order of the specification's state, each (d,), and the
        bounds on their errors, float64.
    """

    slots: tuple[Objects, ...]
    slots_allowed: tuple[Floats, ...]

    def slots_ratio(self, slots: Sequence[Reals | Objects]) -> float:
        """Return the largest error of the last state, its arrays (d,), divided by its bound.

        Raises
        ------
        Invalid
            If the number of arrays is not that of the specification's state.
        """
        if len(slots) != len(self.slots):
            raise Invalid(
                f"{len(slots)} arrays of state: expected {len(self.slots)}, those of the "
                "specification's State in its order, without its numbers and None"
            )
        compared = self.horizon == len(self.points)
        parts = zip(slots, self.slots, self.slots_allowed, strict=True)
        return max((_ratio(*part, compared) for part in parts), default=0.0)


def affordable(case: Case, budget: int = BUDGET) -> int:
    """Return how many of the case's steps a 50-digit run takes within ``budget``; at least one.

    Every step visits all data, even with minibatches, because its value is over all data.
    """
    if not case.population:
        return case.steps
    return min(case.steps, max(1, budget // case.population))


def numbers(h: Parameters, changes: Changes = UNCHANGED) -> SimpleNamespace:
    """Return the hyperparameters with every float as an mpmath number, and ``changes`` applied."""
    exact = {n: mpmath.mpf(v) if isinstance(v, float) else v for n, v in vars(h).items()}
    changed = {n: exact[n] * (1 + mpmath.mpf(by)) for n, by in changes.items() if n in exact}
    return SimpleNamespace(**(exact | changed))


def _objective(case: Case, xp: Namespace, changes: Changes = UNCHANGED) -> Exactly:
    constants = {name: xp.convert(value) for name, value in case.constants.items()}
    for name in constants:
        if CONSTANT + name in changes:
            constants[name] = constants[name] * (1 + mpmath.mpf(changes[CONSTANT + name]))
    objective = Exactly(case.problem, constants, xp)
    objective.tolerance = case.spec.tolerance(case.hyperparameters)
    return objective


def _walk(
    spec: Optimizer,
    h: SimpleNamespace,
    x: Array,
    objectives: Iterable[Objective | Given],
    state: State | None = None,
    taken: int = 0,
) -> Iterator[tuple[Array, State]]:
    """Yield point and state after 0, 1, 2, ... steps, a step for each objective.

    ``taken`` steps were taken before; without a ``state`` it is the optimizer's first.
    """
    state = spec.init(x, h) if state is None else state
    yield x, state
    for t, f in enumerate(objectives, taken + 1):
        x, state = take(spec, f, h, x, state, t)
        yield x, state


def _objectives(case: Case, objective: Objective, steps: int) -> Iterator[Objective]:
    """Yield the objective of each step: on all data, or on the step's minibatch."""
    batch = case.batch
    batches = None if batch is None else batch.indices(len(objective.k.data), case.steps)
    for t in range(steps):
        yield objective if batches is None else objective.restricted(objective.k.data[batches[t]])


def _points(
    case: Case, objective: Exactly, x: Array, h: SimpleNamespace, steps: int
) -> Iterator[Array]:
    """Yield the points of a case until its stopping rule holds."""
    old = None
    for new, _ in _walk(case.spec, h, x, _objectives(case, objective, steps)):
        if old is not None and not (abs(plain(new)) < HUGE).all():
            return
        yield new
        stop = case.stop if old is not None else None
        if stop is not None and stop.reached(objective.xp, objective, old, new):
            return
        old = new


def _run(case: Case, objective: Exactly, x: Array, h: SimpleNamespace, steps: int) -> Array:
    """Return the points of a case, (..., n + 1, d); a singular Hessian ends the run."""
    points: list[Array] = []
    with suppress(ZeroDivisionError, np.linalg.LinAlgError):
        points.extend(_points(case, objective, x, h, steps))
    return objective.xp.stack(points, -2)


@lru_cache(maxsize=KEPT)
def trajectory(case: Case, budget: int = BUDGET) -> tuple[Objects, Objects]:
    """Run the specification in 50-digit arithmetic.

    Returns points (n + 1, d) and values (n + 1,), object arrays of mpmath numbers.
    """
    return exact_case(case, affordable(case, budget))


def exact_case(case: Case, steps: int, changes: Changes = UNCHANGED) -> tuple[Objects, Objects]:
    """Return points (n + 1, d) and values (n + 1,) in 50 digits, with ``changes`` applied."""
    with mpmath.workdps(DIGITS), np.errstate(all="ignore"):
        xp = Digits()
        objective, h = _objective(case, xp, changes), numbers(case.hyperparameters, changes)
        x = xp.convert(case.start_point)
        if case.spec.start is not None:  # the start depends on the changed hyperparameters
            x = x + np.subtract(case.spec.start(h), case.spec.start(numbers(case.hyperparameters)))
        points = _run(case, objective, x, h, steps)
        values = [_value(objective, point) for point in points]
        return plain(points), np.array(values, dtype=object)


def _value(objective: Exactly, point: Array) -> Any:
    """Return the exact value at a point; NaN on a division by zero."""
    try:
        return plain(objective.value(point)).item()
    except ZeroDivisionError:
        return mpmath.nan


def arithmetics(run: Case | Tape, runs: int = BATCHES * SAMPLES, first: int = 1) -> list[Rounding]:
    """Return the perturbed arithmetics of so many runs, with seeds from ``first`` on.

    They are vectorised: those of a case in batches of `SAMPLES`, all of a tape's at once, for a
    tape has no constants whose errors they would share.
    """
    size = runs if isinstance(run, Tape) else SAMPLES
    seeds = range(first, first + math.ceil(runs / size))
    return [Rounding(run.dtype, seed, size) for seed in seeds]


def unit(size: Floats, dtype: str) -> Floats:
    """Return one unit in the last place of ``dtype`` for numbers of these magnitudes."""
    return PRECISIONS[dtype].spacing(size)


def step_unit(points: Array, dtype: str) -> Floats:
    """Return the unit in the last place that a step's rounding error is measured in, (n + 1, d).

    It is the unit of the larger of a coordinate's values before and after the step, and at least
    that of eps times the coordinate's largest value in the run.
    """
    size = np.abs(float64(points))
    size[1:] = np.maximum(size[1:], size[:-1])
    precision = PRECISIONS[dtype]
    size = np.maximum(size, precision.eps * size.max(axis=0))
    return unit(np.maximum(size, precision.tiny), dtype)


def ulps(ours: Reals, true: Array, dtype: str) -> Floats:
    """Return |ours - true|, (n + 1, d), in units of `step_unit`."""
    return np.asarray(distance(ours, true) / step_unit(true, dtype))


def perturbed_case(case: Case, xp: Rounding) -> tuple[Floats, Exactly]:
    """Run the case in a perturbed arithmetic.

    Returns points (runs, n + 1, d), float64, and the objective in that arithmetic.
    """
    with mpmath.workdps(DIGITS), np.errstate(all="ignore"):
        objective = _objective(case, xp)
        x, h = xp.spread(case.start_point), numbers(case.hyperparameters)
        points = plain(_run(case, objective, x, h, case.steps))
        return points if xp.samples else points[None], objective


def values_at(objective: Exactly, points: Floats) -> Floats:
    """Return the values (runs, n + 1) at ``points`` (runs, n + 1, d), in perturbed arithmetic."""
    with np.errstate(all="ignore"):
        return np.asarray(plain(objective.value(objective.xp.wrap(points))))


def case_truth(case: Case, budget: int = BUDGET) -> CaseTruth:
    """Compute the `truth` of a case."""
    points, values = trajectory(replace(case, dtype="float64"), budget)  # cached for both dtypes
    unstopped = replace(case, stop=None, steps=len(points) - 1)
    batches = [perturbed_case(unstopped, xp) for xp in arithmetics(case)]
    rows = min(len(points), *(found.shape[1] for found, _ in batches))
    points, values = points[:rows], values[:rows]
    runs = [found[:, :rows] for found, _ in batches]
    objectives = [objective for _, objective in batches]
    exact = float64(points)
    near = [values_at(f, found) for f, found in zip(objectives, runs, strict=True)]
    # the values at MARGIN times the error: near a minimum they err with the square of it
    far = [
        values_at(f, exact + MARGIN * (found - exact))
        for f, found in zip(objectives, runs, strict=True)
    ]
    allowed = _allowed(np.concatenate(runs), points, step_unit(points, case.dtype))
    values_allowed = np.maximum(
        _allowed(np.concatenate(near), values, unit(float64(values), case.dtype)),
        np.fmax.reduce(distance(np.concatenate(far), values), axis=0, initial=0),
    )
    horizon = _horizon(allowed, points, case.dtype)
    return CaseTruth(points, allowed, horizon, values, values_allowed)


def _horizon(allowed: Floats, points: Objects, dtype: str) -> Ints:
    extent, precision = np.abs(float64(points)).max(axis=0), PRECISIONS[dtype]
    share = max(CHAOS, 2**LEFT * precision.eps)
    chaotic = ~(allowed <= share * np.maximum(extent, precision.tiny))  # NaN is no bound
    return np.where(chaotic.any(axis=0), chaotic.argmax(axis=0), len(points))


def _allowed(runs: Floats, exact: Array, units: Floats) -> Floats:
    """Return `MARGIN` times the largest error of the perturbed runs, plus one ulp."""
    with np.errstate(all="ignore"):
        return np.asarray(MARGIN * distance(runs, exact).max(axis=0) + units, dtype=np.float64)


def _taped(tape: Tape, xp: Digits | Rounding, h: SimpleNamespace) -> tuple[Array, list[Array]]:
    """Return the points of a tape, (..., n + 1, d), and the arrays of its last state.

    In a format of 16 bits the run ends before a step in which a number overflows.
    """
    objective, x = Given(xp), xp.spread(tape.start)

    def objectives() -> Iterator[Given]:
        for row in tape.gradients:
            objective.row = xp.spread(row)  # each run has its own errors of what is made of it
            yield objective

    with mpmath.workdps(DIGITS), np.errstate(all="ignore"):
        slots = tape.spec.init(x, h) if tape.slots is None else map(xp.spread, tape.slots)
        state = resumed(tape.spec, h, x, [s for s in slots if isinstance(s, np.ndarray)], tape.t)
        steps: list[tuple[Array, State]] = []
        for found in _walk(tape.spec, h, x, objectives(), state, tape.t):
            if steps and xp.overflowed:
                break
            steps.append(found)
        points = plain(xp.stack([x for x, _ in steps], -2))
    return points, [plain(slot) for slot in steps[-1][1] if isinstance(slot, np.ndarray)]


def exact_tape(tape: Tape, changes: Changes = UNCHANGED) -> tuple[Objects, list[Objects]]:
    """Return points (n + 1, d) and the last state's arrays in 50 digits, ``changes`` applied."""
    with mpmath.workdps(DIGITS):
        return _taped(tape, Digits(), numbers(tape.hyperparameters, changes))


@lru_cache(maxsize=KEPT)
def _exact_tape(tape: Tape) -> tuple[Objects, list[Objects]]:
    return kept(tape, "exact", lambda: exact_tape(tape))


def host_tape(tape: Tape) -> Objects:
    """Return points (n + 1, d) in 50 digits but for numbers of the host, which are float64.

    So a program computes that takes the formula's powers and differences of hyperparameters as they
    stand: the arrays are exact, their coefficients rounded.
    """
    h = SimpleNamespace(**vars(tape.hyperparameters))
    return kept(tape, "host", lambda: _taped(tape, Digits(), h)[0])


def perturbed_tape(tape: Tape, xp: Rounding) -> tuple[Floats, list[Floats]]:
    """Return points (runs, n + 1, d) and the last state's arrays (runs, d), perturbed."""
    with mpmath.workdps(DIGITS):
        points, slots = _taped(tape, xp, numbers(tape.hyperparameters))
    return (points, slots) if xp.samples else (points[None], [slot[None] for slot in slots])


def tape_truth(tape: Tape) -> TapeTruth:
    """Compute the `truth` of a tape; of 16 bits, up to where rounding alone may overflow."""
    points, slots = _exact_tape(replace(tape, dtype="float64"))  # cached for both dtypes
    found = [perturbed_tape(tape, xp) for xp in arithmetics(tape)]
    runs, states = zip(*found, strict=True)
    rows = min(len(points), *(found.shape[1] for found in runs))
    if rows <= tape.steps:
        return tape_truth(replace(tape, gradients=tape.gradients[: rows - 1]))
    perturbed = np.concatenate([found[:, :rows] for found in runs])
    allowed = _allowed(perturbed, points, step_unit(points, tape.dtype))
    slots_allowed = tuple(
        _allowed(np.concatenate(parts), exact, unit(float64(exact), tape.dtype))
        for parts, exact in zip(zip(*states, strict=True), slots, strict=True)
    )
    horizon = _horizon(allowed, points, tape.dtype)
    return TapeTruth(points, allowed, horizon, tuple(slots), slots_allowed)


@lru_cache(maxsize=KEPT)
def _truth(run: Case | Tape, budget: int) -> CaseTruth | TapeTruth:
    if isinstance(run, Tape):
        return kept(run, "truth", lambda: tape_truth(run))
    return kept(run, f"{budget}", lambda: case_truth(run, budget))


@overload
def truth(run: Case, budget: int = ...) -> CaseTruth: ...
@overload
def truth(run: Tape, budget: int = ...) -> TapeTruth: ...
def truth(run: Case | Tape, budget: int = BUDGET) -> CaseTruth | TapeTruth:
    """Return the exact trajectory of a case or tape, and the bound on rounding errors along it.

    Parameters
    ----------
    run
        A `Case`, or a `Tape`. The bound is for its dtype.
    budget
        How many data points a case may visit in all its steps; the truth ends there.

    Returns
    -------
    `CaseTruth` or `TapeTruth`, cached.

    Raises
    ------
    Invalid
        If ``run`` is neither.

    Examples
    --------
    >>> exact = truth(Case("gd", "quadratic", {"coefficients": (1.0,)}, {"lr": 0.25}, steps=2))
    >>> exact.points[:, 0].astype(float)
    array([10. ,  5. ,  2.5])
    """
    if not isinstance(run, (Case, Tape)):
        raise Invalid(f"{run!r}: expected a reference.Case or a reference.Tape")
    return _truth(run, budget)


class Trajectory(Protocol):
    """What `compare` accepts: a `backends.Path`, or any object with these attributes."""

    @property
    def case(self) -> Case: ...

    @property
    def points(self) -> Reals: ...

    @property
    def values(self) -> Reals: ...


@dataclass(frozen=True)
class Agreement:
    """How far a trajectory is from the truth, over the rows before each coordinate's horizon.

    Attributes
    ----------
    rows
        How many leading rows both have.
    horizon
        For each coordinate the number of rows before it is chaotic.
    chaotic
        Whether some coordinate's horizon is before the truth's last row.
    ulps
        The largest error of a point, in units in the last place (`step_unit`).
    along
        The largest error of each row, in the same units.
    ratio
        The largest error of a point or value divided by its bound; above 1, the run is wrong.
    """

    rows: int
    horizon: tuple[int, ...]
    chaotic: bool
    ulps: float
    along: tuple[float, ...]
    ratio: float


def compare(path: Trajectory) -> Agreement:
    """Compare a path with the truth of its case.

    Left out are rows past the end of either, a coordinate's rows past its horizon, and values
    whose bound is infinite because they overflow in the case's dtype. Any other number that is not
    finite gives an infinite ratio, unless some coordinate is past its horizon in that row.

    Parameters
    ----------
    path
        A `backends.Path`, or anything with ``case``, ``points`` (n + 1, d) and ``values`` (n + 1,).
    """
    case, points, values = path.case, path.points, path.values
    true = truth(case)
    rows = min(len(points), len(true.points))
    comparable = np.arange(rows)[:, None] < true.horizon
    complete = np.all(comparable, axis=1)
    comparable &= (np.isfinite(points[:rows]).all(axis=1) | complete)[:, None]
    error = distance(points[:rows], true.points[:rows])
    error_ulps = ulps(points[:rows], true.points[:rows], case.dtype)
    bounded = np.isfinite(true.values_allowed[:rows])
    value_error = distance(values[:rows], true.values[:rows])
    ratios = np.concatenate(
        [
            (error / true.allowed[:rows])[comparable],
            (value_error / true.values_allowed[:rows])[complete & bounded],
        ]
    )
    return Agreement(
        rows=rows,
        horizon=tuple(true.horizon.tolist()),
        chaotic=true.chaotic,
        ulps=float(np.max(error_ulps[comparable], initial=0.0)),
        along=tuple(np.where(comparable, error_ulps, 0).max(axis=1).tolist()),
        ratio=_largest(ratios),
    )


def _ratio(ours: Reals | Objects, exact: Objects, allowed: Floats, compared: Bools) -> float:
    return _largest((distance(ours, exact) / allowed)[compared])


def _largest(ratios: Floats) -> float:
    return float(np.max(np.where(np.isfinite(ratios), ratios, np.inf), initial=0.0))
