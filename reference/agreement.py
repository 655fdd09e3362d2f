"""The truth: a run in 50-digit arithmetic, and how a rounding error grows along it.

The specification is run once exactly and many times with a random error in every operation, as
large as `reference.allowances` says. How far these runs stray from the exact one, step by step, is
how far a correct implementation may stray; where they part altogether, the run is chaotic from
there on, and the step is its horizon.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Protocol, TypeAlias, overload

import mpmath
import numpy as np

from reference.case import Case, Floats
from reference.digits import DIGITS, Digits, distance, float64
from reference.errors import Invalid
from reference.namespace import plain
from reference.objective import Objective
from reference.rounding import Rounding
from reference.spec import Array
from reference.tape import Tape

# A bound is MARGIN times the largest error of BATCHES * SAMPLES perturbed runs. Why these, by what
# `reference.sharpness.coverage` measured (`nox -s bound` shows a part of it in the report):
# - Seven cases and tapes in both dtypes, 20,000 further runs of each, against 40 groups of 64: two
#   in 10,000 err more than twice the largest of a group, none more than 2.91 times. As none of
#   280,000 does, fewer than one in 90,000 will, at 95 % confidence. Three times the largest of 32
#   is exceeded by one in 130,000, of 16 by one in 600, of 8 by one in 25.
# - Newton's method, bisection and the like run one by one, 4,000 of each: one in 40,000 errs more
#   than three times the largest of 64, where a step lands on zero; of 32, one in 5,000. More than
#   64 would cost the line searches half a minute.
# - numpy, JAX and torch, eager and compiled, on all cases and tapes, and torch with its square root
#   a unit off: no error is above 0.94 times the largest of 64, a third of the bound.
BATCHES = 4  # those of a batch share the errors of a problem's constants
SAMPLES = 16  # in a batch, which takes hardly longer than a single run
MARGIN = 3
CHAOS = 1e-2  # a bound above this part of the run's extent says nothing any more
BUDGET = 6_000  # data visited in all steps: what 50 digits can afford in a few seconds
HUGE = 1e30  # beyond this a run counts as diverged, and exact numbers would only grow
KEPT = 512  # truths
CONSTANT = "k."  # before the name of a problem's constant, among the numbers of a run

Changes: TypeAlias = Mapping[str, float]  # relative changes of some numbers of a run, by name
UNCHANGED: Changes = {}


class Exactly(Objective):
    """The objective in the arithmetic of the truth; a numerical inverse errs by its tolerance."""

    tolerance = 0.0

    def numerical_inverse(self, y: Array, x: Array) -> Array:
        return self.xp.blurred(self.inverse(y), self.tolerance)

    def single(self, y: Array) -> Array:
        return self.xp.single(y)


class Given:
    """What an optimizer sees of a tape: the gradient of the step, wherever it asks for it."""

    def __init__(self, xp: Any) -> None:
        self.xp = xp
        self.row: Array = None

    def gradient(self, x: Array) -> Array:
        return self.row


@dataclass(frozen=True)
class Truth:
    """The true points of a run and the error allowed along it.

    Attributes
    ----------
    points
        Exact points (n + 1, d), an object array of mpmath numbers; n is the run's steps, or as many
        as its stop, the budget or a divergence leaves.
    allowed
        The bound on an implementation's absolute error, (n + 1, d), float64.
    horizon
        Per coordinate, the number of leading rows that can be compared, int64 (d,).
    """

    points: Array
    allowed: Floats
    horizon: Any

    @property
    def chaotic(self) -> bool:
        """Whether some coordinate cannot be compared to the end."""
        return bool((self.horizon < len(self.points)).any())

    def ratio(self, point: Array, step: int | None = None) -> float:
        """The largest error of a point divided by the one allowed: above 1, something is wrong.

        Parameters
        ----------
        point
            (d,) parameters after ``step`` steps. Those past their horizon are not compared.
        step
            None for the last.

        Raises
        ------
        Invalid
            A step that the truth does not reach, for the run diverges before, or at which no
            parameter can be compared.
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
    """The truth of a case: the objective's exact values too, (n + 1,), and what they may err by."""

    values: Array
    values_allowed: Floats


@dataclass(frozen=True)
class TapeTruth(Truth):
    """The truth of a tape: the optimizer's state after the last step too.

    Attributes
    ----------
    slots, slots_allowed
        The state's arrays in the order of the specification, each (d,), exact numbers, and what
        they may err by, float64.
    """

    slots: tuple[Array, ...]
    slots_allowed: tuple[Floats, ...]

    def slots_ratio(self, slots: Sequence[Array]) -> float:
        """The largest ratio of the state's arrays after the last step, each (d,), all of them."""
        compared = self.horizon == len(self.points)
        parts = zip(slots, self.slots, self.slots_allowed, strict=True)
        return max((_ratio(*part, compared) for part in parts), default=0.0)


def affordable(case: Case, budget: int = BUDGET) -> int:
    """How many of the case's steps a 50-digit run can take within ``budget``; at least one.

    A step visits all data, minibatches or not: its value is on all of them.
    """
    data = case.constants.get("data")
    if data is None:
        return case.steps
    return min(case.steps, max(1, budget // len(data)))


def numbers(h: Any, changes: Changes = UNCHANGED) -> SimpleNamespace:
    """The hyperparameters as exact numbers of the host; conventions and counts as they are.

    ``changes`` gives the relative change of some by name.
    """
    named = {f.name: getattr(h, f.name) for f in fields(h)}
    exact = {n: mpmath.mpf(v) if isinstance(v, float) else v for n, v in named.items()}
    changed = {n: exact[n] * (1 + mpmath.mpf(by)) for n, by in changes.items() if n in exact}
    return SimpleNamespace(**(exact | changed))


def _objective(case: Case, xp: Any, changes: Changes = UNCHANGED) -> Exactly:
    given = case.constants
    constants = {name: xp.convert(value) for name, value in given.items()}
    for name in constants:
        if CONSTANT + name in changes:
            constants[name] = constants[name] * (1 + mpmath.mpf(changes[CONSTANT + name]))
    bound = Exactly(case.problem, constants, xp)
    bound.tolerance = case.spec.tolerance(case.hyperparameters)
    return bound


def _walk(spec: Any, h: Any, x: Array, objectives: Any) -> Iterator[tuple[Array, Any]]:
    """Yield point and state after 0, 1, 2, ... steps, one for each objective."""
    state = spec.init(x, h)
    yield x, state
    for f in objectives:
        x, state = spec.step(f, h, x, state)
        if not (abs(plain(x)) < HUGE).all():
            return
        yield x, state


def _objectives(case: Case, bound: Objective, steps: int) -> Iterator[Objective]:
    """What each step minimises: all of the objective, or a part of its data."""
    batch = case.batch
    batches = None if batch is None else batch.indices(len(bound.k.data), case.steps)
    for t in range(steps):
        yield bound if batches is None else bound.restricted(bound.k.data[batches[t]])


def _points(case: Case, bound: Exactly, x: Array, h: Any, steps: int) -> Iterator[Array]:
    """Yield the points of a case until it stops."""
    old = None
    for new, _ in _walk(case.spec, h, x, _objectives(case, bound, steps)):
        yield new
        stop = case.stop if old is not None else None
        if stop is not None and stop.reached(bound.xp, bound, old, new):
            return
        old = new


def _run(case: Case, bound: Exactly, x: Array, h: Any, steps: int) -> Array:
    """The points of a case, (..., n + 1, d), ended by a singular Hessian if there is one."""
    walked: list[Array] = []
    with suppress(ZeroDivisionError, np.linalg.LinAlgError):
        walked.extend(_points(case, bound, x, h, steps))
    return bound.xp.stack(walked, -2)


@lru_cache(maxsize=KEPT)
def trajectory(case: Case, budget: int = BUDGET) -> tuple[Array, Array]:
    """Run the specification in 50-digit arithmetic.

    Returns points (n + 1, d) and values (n + 1,), object arrays of mpmath numbers.
    """
    return exact_case(case, affordable(case, budget))


def exact_case(case: Case, steps: int, changes: Changes = UNCHANGED) -> tuple[Array, Array]:
    """Points (n + 1, d) and values (n + 1,) in 50 digits, with some numbers changed."""
    with mpmath.workdps(DIGITS), np.errstate(all="ignore"):
        xp = Digits()
        bound, h = _objective(case, xp, changes), numbers(case.hyperparameters, changes)
        x = xp.convert(case.start_point)
        if case.spec.start is not None:  # which follows from the hyperparameters
            x = x + np.subtract(case.spec.start(h), case.spec.start(numbers(case.hyperparameters)))
        points = _run(case, bound, x, h, steps)
        return plain(points), np.array([_value(bound, point) for point in points], dtype=object)


def _value(bound: Exactly, point: Array) -> Any:
    """The exact value at a point; NaN where it is a division by zero."""
    try:
        return plain(bound.value(point)).item()
    except ZeroDivisionError:
        return mpmath.nan


def arithmetics(spec: Any, dtype: str) -> Iterator[Rounding]:
    """The perturbed arithmetics of a bound: batches of runs, or run by run on whole arrays."""
    batches, samples = (BATCHES, SAMPLES) if spec.elementwise else (BATCHES * SAMPLES, None)
    for seed in range(1, batches + 1):
        yield Rounding(dtype, seed, samples)


def unit(size: Floats, dtype: str) -> Floats:
    """One unit in the last place of numbers of that size."""
    with np.errstate(all="ignore"):
        return np.asarray(np.spacing(np.abs(size).astype(dtype)), dtype=np.float64)


def step_unit(points: Array, dtype: str) -> Floats:
    """One unit in the last place of the numbers of each step of a run, (n + 1, d) as ``points``.

    A step from x to y rounds in units of the larger. A coordinate below one rounding error of the
    largest it has been is zero to the run's precision, and takes that for its size.
    """
    size = np.abs(float64(points))
    size[1:] = np.maximum(size[1:], size[:-1])
    size = np.maximum(size, np.finfo(dtype).eps * size.max(axis=0))
    return unit(np.maximum(size, np.finfo(dtype).tiny), dtype)


def ulps(ours: Floats, true: Array, dtype: str) -> Floats:
    """|ours - true|, (n + 1, d), in units in the last place of the step's numbers in ``dtype``."""
    return np.asarray(distance(ours, true) / step_unit(true, dtype))


def perturbed_case(case: Case, xp: Rounding) -> tuple[Floats, Exactly]:
    """Run the case in a perturbed arithmetic.

    Returns points (runs, n + 1, d), plain, and the objective that led there.
    """
    with mpmath.workdps(DIGITS), np.errstate(all="ignore"):
        bound = _objective(case, xp)
        x, h = xp.spread(case.start_point), numbers(case.hyperparameters)
        points = plain(_run(case, bound, x, h, case.steps))
        return points if xp.samples else points[None], bound


def values_at(bound: Exactly, points: Floats) -> Floats:
    """The objective's values (runs, n + 1) in the perturbed arithmetic that led to ``points``."""
    with np.errstate(all="ignore"):
        return np.asarray(plain(bound.value(bound.xp.wrap(points))))


def case_truth(case: Case, budget: int = BUDGET) -> CaseTruth:
    """The true trajectory of ``case`` and the error that its dtype allows along it."""
    points, values = trajectory(replace(case, dtype="float64"), budget)  # exact: one for both
    onward = replace(case, stop=None, steps=len(points) - 1)
    batches = [perturbed_case(onward, xp) for xp in arithmetics(case.spec, case.dtype)]
    rows = min(len(points), *(found.shape[1] for found, _ in batches))
    points, values = points[:rows], values[:rows]
    runs = [found[:, :rows] for found, _ in batches]
    objectives = [bound for _, bound in batches]
    exact = float64(points)
    near = [values_at(f, found) for f, found in zip(objectives, runs, strict=True)]
    # the value where the error is MARGIN times as large: near a minimum it grows with its square
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


def _horizon(allowed: Floats, points: Array, dtype: str) -> Any:
    extent = np.abs(float64(points)).max(axis=0)
    lost = ~(allowed <= CHAOS * np.maximum(extent, np.finfo(dtype).tiny))  # NaN is no bound
    return np.where(lost.any(axis=0), lost.argmax(axis=0), len(points))


def _allowed(runs: Floats, exact: Array, units: Floats) -> Floats:
    """`MARGIN` times the largest error of the perturbed runs, and one unit in the last place."""
    with np.errstate(all="ignore"):
        return np.asarray(MARGIN * distance(runs, exact).max(axis=0) + units, dtype=np.float64)


def _taped(
    tape: Tape, xp: Any, x: Array, changes: Changes = UNCHANGED
) -> tuple[Array, list[Array]]:
    """The points of a tape, (..., n + 1, d), and the arrays of its last state."""
    given = Given(xp)

    def objectives() -> Iterator[Given]:
        for row in tape.gradients:
            given.row = xp.convert(row)
            yield given

    with mpmath.workdps(DIGITS), np.errstate(all="ignore"):
        walked = list(_walk(tape.spec, numbers(tape.hyperparameters, changes), x, objectives()))
        points = plain(xp.stack([x for x, _ in walked], -2))
    return points, [plain(part) for part in walked[-1][1] if isinstance(part, np.ndarray)]


def exact_tape(tape: Tape, changes: Changes = UNCHANGED) -> tuple[Array, list[Array]]:
    """Points (n + 1, d) and the last state's arrays in 50 digits, with some numbers changed."""
    with mpmath.workdps(DIGITS):
        xp = Digits()
        return _taped(tape, xp, xp.convert(tape.start), changes)


def perturbed_tape(tape: Tape, xp: Rounding) -> tuple[Floats, list[Floats]]:
    """Points (runs, n + 1, d) and the last state's arrays (runs, d) in a perturbed arithmetic."""
    points, slots = _taped(tape, xp, xp.spread(tape.start))
    return (points, slots) if xp.samples else (points[None], [slot[None] for slot in slots])


def tape_truth(tape: Tape) -> TapeTruth:
    """Where the gradients lead, step by step, and the error that the tape's dtype allows."""
    points, slots = exact_tape(tape)
    found = [perturbed_tape(tape, xp) for xp in arithmetics(tape.spec, tape.dtype)]
    runs, states = zip(*found, strict=True)
    rows = min(len(points), *(found.shape[1] for found in runs))
    points = points[:rows]
    whole = np.concatenate([found[:, :rows] for found in runs])
    allowed = _allowed(whole, points, step_unit(points, tape.dtype))
    slots_allowed = tuple(
        _allowed(np.concatenate(parts), exact, unit(float64(exact), tape.dtype))
        for parts, exact in zip(zip(*states, strict=True), slots, strict=True)
    )
    horizon = _horizon(allowed, points, tape.dtype)
    return TapeTruth(points, allowed, horizon, tuple(slots), slots_allowed)


@lru_cache(maxsize=KEPT)
def _truth(run: Any, budget: int) -> Any:
    return tape_truth(run) if isinstance(run, Tape) else case_truth(run, budget)


@overload
def truth(run: Case, budget: int = ...) -> CaseTruth: ...
@overload
def truth(run: Tape, budget: int = ...) -> TapeTruth: ...
def truth(run: Case | Tape, budget: int = BUDGET) -> CaseTruth | TapeTruth:
    """Return where a case or a tape truly leads, and how far rounding may lead a correct program.

    Parameters
    ----------
    run
        A `Case`, or a `Tape`. Its dtype decides how large the error may be.
    budget
        How many data a case may visit in all its steps: 50 digits cost microseconds each.

    Returns
    -------
    `CaseTruth` or `TapeTruth`; the last truths are kept, so that asking again costs nothing.

    Examples
    --------
    >>> exact = truth(Case("gd", "quadratic", {"coefficients": (1.0,)}, {"lr": 0.25}, steps=2))
    >>> exact.points[:, 0].astype(float)
    array([10. ,  5. ,  2.5])
    """
    if not isinstance(run, (Case, Tape)):
        raise Invalid(f"{run!r}: expected a reference.Case or a reference.Tape")
    found: CaseTruth | TapeTruth = _truth(run, budget)
    return found


class Trajectory(Protocol):
    """What can be compared with the truth: `backends.Path`, or anything with its first parts."""

    @property
    def case(self) -> Case: ...

    @property
    def points(self) -> np.ndarray[Any, Any]: ...

    @property
    def values(self) -> np.ndarray[Any, Any]: ...


@dataclass(frozen=True)
class Agreement:
    """How far a trajectory is from the truth, over the rows that can be compared.

    Attributes
    ----------
    rows
        How many leading rows both have.
    horizon
        Per coordinate, how many leading rows can be compared: after them rounding alone could have
        led a correct program anywhere.
    chaotic
        Whether some coordinate cannot be compared to the end.
    ulps
        The largest error in units in the last place of the case's dtype.
    along
        The largest error of each row, in the same units.
    ratio
        The largest error divided by the one allowed: above 1, something is wrong.
    """

    rows: int
    horizon: tuple[int, ...]
    chaotic: bool
    ulps: float
    along: tuple[float, ...]
    ratio: float


def compare(path: Trajectory) -> Agreement:
    """Compare a path with the truth of its case.

    The rows after either one's end, and a coordinate's rows after its horizon, are left out; so is
    a value that overflows in the case's dtype, for which there is no bound. Another number that is
    not finite is infinitely wrong, unless another coordinate, past its horizon, made it so.

    Parameters
    ----------
    path
        A `backends.Path`, or anything with ``case``, ``points`` (n + 1, d) and ``values`` (n + 1,).
    """
    case, points, values = path.case, path.points, path.values
    true = truth(case)
    rows = min(len(points), len(true.points))
    comparable = np.arange(rows)[:, None] < true.horizon
    complete = comparable.all(axis=1)
    comparable &= (np.isfinite(points[:rows]).all(axis=1) | complete)[:, None]
    error = distance(points[:rows], true.points[:rows])
    off = ulps(points[:rows], true.points[:rows], case.dtype)
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
        ulps=float(np.max(off[comparable], initial=0.0)),
        along=tuple(np.where(comparable, off, 0).max(axis=1).tolist()),
        ratio=_largest(ratios),
    )


def _ratio(ours: Array, exact: Array, allowed: Floats, compared: Array) -> float:
    return _largest((distance(ours, exact) / allowed)[compared])


def _largest(ratios: Floats) -> float:
    return float(np.max(np.where(np.isfinite(ratios), ratios, np.inf), initial=0.0))
