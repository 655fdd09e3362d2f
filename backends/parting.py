"""Where two targets part: the first step whose points differ in a bit, and what did it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import mpmath
import numpy as np

from backends.binding import batches, bind
from backends.driver import Path
from backends.native import flat, kind_of, unflat
from backends.targets import engine, optimizer
from backends.tracing import Element, Operation, Replace, keep, replacing, table
from reference import Case
from reference.allowances import ALLOWED
from reference.digits import DIGITS, Digits, distance
from reference.nearest import nearest, unit
from reference.spec import Array


class Traced(NamedTuple):
    """A step on a target, taken operation by operation: its end, and the operations.

    ``end`` has the point (d,) and the arrays of the optimizer's state, in numpy.
    """

    end: tuple[np.ndarray[Any, Any], ...]
    operations: list[Operation]


@dataclass(frozen=True)
class Difference:
    """An elementary function that gave two results for the same arguments.

    Attributes
    ----------
    function, arguments
        By numpy's name, and the numbers.
    results
        What each of the two targets has for it.
    correct
        The correctly rounded result in the case's dtype.
    errors
        How far each result is from the exact one, in units in the last place.
    allowed
        How many of these units the rounding model allows that function.
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
        What ran, and where, eagerly.
    step, start
        The step, counted from 1, and the point before it, (d,), which both have.
    differences
        The elementary functions that gave two results for the same arguments in that step.
    sufficient
        Whether they are all: with the second target's results for them, the first takes the step
        to the second's point and state, the same bit for bit.
    """

    case: Case
    targets: tuple[str, str]
    derivatives: tuple[str, str]
    step: int
    start: np.ndarray[Any, Any]
    differences: tuple[Difference, ...]
    sufficient: bool


def parting(
    paths: tuple[Path, Path],
) -> Parting | None:
    """Find where two eager paths of one case part, and what did it; None where they never do.

    Both steps are taken again, operation by operation. Only operations that both have in common can
    be compared; `Parting.sufficient` says whether those found explain all of the difference.
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
    """Take one step of an eager path again, operation by operation.

    The state before it is that of the path's own steps. Raises RuntimeError where the step does not
    end at the path's own point, and nothing is replaced: what is recorded would not be what ran.
    """
    case = path.case
    on = engine(path.target, case.dtype)
    native = optimizer(path.target, case.optimizer)
    with on.scope():
        objective, drawn = bind(on, case, path.derivatives), batches(case)

        def at(t: int) -> Callable[[Array, Any], Any]:
            f = objective if drawn is None else objective.restricted(objective.k.data[drawn[t - 1]])
            return lambda x, s: native.step(native.coefficients(case.hyperparameters, t), f, x, s)

        x = on.array(case.start_point)
        s = native.slots(case.hyperparameters, x)
        for t in range(1, step):
            x, s = at(t)(x, s)
        kind, taken = kind_of(s), at(step)

        def flattened(x: Array, arrays: tuple[Array, ...]) -> tuple[Array, tuple[Array, ...]]:
            x, slots = taken(x, unflat(kind, arrays))
            return x, flat(slots)

        (x, arrays), operations = on.trace(flattened, x, flat(s), replace)
        end = tuple(on.numpy(array) for array in (x, *arrays))
    if replace is keep and not np.array_equal(end[0], path.points[step], equal_nan=True):
        raise RuntimeError(f"{path.target}: step {step} taken again leads elsewhere")
    return Traced(end, operations)


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def _differences(
    case: Case, ours: Mapping[Element, float], theirs: Mapping[Element, float]
) -> tuple[Difference, ...]:
    return tuple(
        _difference(element, (result, theirs[element]), case.dtype)
        for element, result in ours.items()
        if element in theirs and theirs[element] != result
    )


def _difference(element: Element, results: tuple[float, float], dtype: str) -> Difference:
    name, arguments = element
    with mpmath.workdps(DIGITS):
        xp = Digits()
        exact = getattr(xp, name)(*(xp.convert(np.array([a])) for a in arguments))
        gap = unit(exact, dtype)[0]
        errors = tuple(float(distance(np.array([r]), exact)[0] / gap) for r in results)
        correct = float(nearest(exact, dtype)[0])
    return Difference(name, arguments, results, correct, errors, ALLOWED[name].ulps)  # type: ignore[arg-type]
