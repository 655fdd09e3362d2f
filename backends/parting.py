"""The first bitwise difference between the runs of two targets, and the functions that cause it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import mpmath
import numpy as np
from numpy.typing import NDArray

from backends.binding import batches, bind
from backends.driver import Path
from backends.native import Slots, Stepped, flat, kind_of, unflat
from backends.targets import engine, implementation
from backends.tracing import Element, Operation, Replace, keep, replacing, table
from reference import Case
from reference.allowances import ALLOWED
from reference.arrays import Reals
from reference.digits import DIGITS, Digits, distance
from reference.nearest import nearest, unit
from reference.spec import Array


class Traced(NamedTuple):
    """A step with its operations recorded.

    ``end`` holds the new point (d,) and the arrays of the new state, in numpy.
    """

    end: tuple[NDArray[Any], ...]
    operations: list[Operation]


@dataclass(frozen=True)
class Difference:
    """An elementary function with different results on two targets for the same arguments.

    Attributes
    ----------
    function, arguments
        The function's numpy name, and its arguments.
    results
        The result on each of the two targets.
    correct
        The correctly rounded result in the case's dtype.
    errors
        The error of each result, in units in the last place.
    allowed
        The error that the rounding model allows, in the same units.
    """

    function: str
    arguments: tuple[float, ...]
    results: tuple[float, float]
    correct: float
    errors: tuple[float, float]
    allowed: float


@dataclass(frozen=True)
class Parting:
    """The first step at which the points of two targets differ in a bit.

    Attributes
    ----------
    case, targets, derivatives
        The case, and the target and derivatives of each of the two eager runs.
    step, start
        The step, counted from 1, and the common point before it, (d,).
    differences
        The elementary functions with different results for the same arguments in that step.
    sufficient
        Whether they explain the difference: with the second target's results for them, the first
        target's step ends at the second's point and state, bit for bit.
    """

    case: Case
    targets: tuple[str, str]
    derivatives: tuple[str, str]
    step: int
    start: Reals
    differences: tuple[Difference, ...]
    sufficient: bool


def parting(
    paths: tuple[Path, Path],
) -> Parting | None:
    """Find the first difference between two eager paths of one case; None if they are equal.

    Both targets repeat the step with their operations recorded. Only operations with the same
    function and arguments are compared; `Parting.sufficient` says whether they explain all.
    """
    first, second = paths
    rows = min(len(first.points), len(second.points))
    differs = (first.points[:rows] != second.points[:rows]).any(axis=1)
    if not differs.any():
        return None
    step = int(differs.argmax())
    ours, theirs = (traced(path, step) for path in paths)
    found = _differences(first.case, table(ours.operations), table(theirs.operations))
    instead = {(d.function, d.arguments): d.results[1] for d in found}
    sufficient = bool(found) and _same(traced(first, step, replacing(instead)).end, theirs.end)
    where = (first.target, second.target), (first.derivatives, second.derivatives)
    return Parting(first.case, *where, step, first.points[step - 1], found, sufficient)


def traced(path: Path, step: int, replace: Replace = keep) -> Traced:
    """Repeat the steps of an eager path up to ``step``, recording the operations of the last.

    Raises
    ------
    RuntimeError
        If nothing is replaced and the step does not end at the path's point.
    """
    case = path.case
    engine_ = engine(path.target, case.dtype)
    native = implementation(path.target, case.optimizer, case.hyperparameters)
    with engine_.scope():
        objective, indices = bind(engine_, case, path.derivatives), batches(case)

        def step_at(t: int) -> Callable[[Array, Slots[Array]], Stepped]:
            data = None if indices is None else objective.k.data[indices[t - 1]]
            f = objective if data is None else objective.restricted(data)
            return lambda x, s: native.step(native.coefficients(case.hyperparameters, t), f, x, s)

        x = engine_.array(case.start_point)
        s = native.slots(case.hyperparameters, x)
        for t in range(1, step):
            x, s = step_at(t)(x, s)
        kind, last_step = kind_of(s), step_at(step)

        def flattened(x: Array, arrays: tuple[Array, ...]) -> tuple[Array, tuple[Array, ...]]:
            x, slots = last_step(x, unflat(kind, arrays))
            return x, flat(slots)

        (x, arrays), operations = engine_.trace(flattened, x, flat(s), replace)
        end = tuple(engine_.numpy(array) for array in (x, *arrays))
    if replace is keep and not np.array_equal(end[0], path.points[step], equal_nan=True):
        raise RuntimeError(f"{path.target}: step {step} taken again leads elsewhere")
    return Traced(end, operations)


def _same(one: tuple[NDArray[Any], ...], other: tuple[NDArray[Any], ...]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def _differences(
    case: Case, ours: Mapping[Element, float], theirs: Mapping[Element, float]
) -> tuple[Difference, ...]:
    return tuple(
        difference(element, (result, theirs[element]), case.dtype)
        for element, result in ours.items()
        if element in theirs and theirs[element] != result
    )


def difference(element: Element, results: tuple[float, float], dtype: str) -> Difference:
    """Compare two results of an elementary function with the correctly rounded one."""
    name, arguments = element
    with mpmath.workdps(DIGITS):
        xp = Digits()
        exact = getattr(xp, name)(*(xp.convert(np.array([a])) for a in arguments))
        gap = unit(exact, dtype)[0]
        ours, theirs = (float(distance(np.array([r]), exact)[0] / gap) for r in results)
        correct = float(nearest(exact, dtype)[0])
    return Difference(name, arguments, results, correct, (ours, theirs), ALLOWED[name].ulps)
