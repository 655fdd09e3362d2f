"""Recorded operations of a step, and replacement of their results."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reference.allowances import ALLOWED
from reference.spec import Array

EXACT = frozenset(name for name, allowed in ALLOWED.items() if not allowed.ulps)
ARITHMETIC = frozenset(("add", "subtract", "multiply", "divide", "reciprocal", "square"))
REDUCTIONS = frozenset(("sum", "mean", "matmul", "solve"))
ELEMENTARY = frozenset(ALLOWED) - EXACT - ARITHMETIC - REDUCTIONS  # approximated by a library


class Operation(NamedTuple):
    """A call of a framework's function, by its numpy name, with numpy copies of its arrays."""

    name: str
    inputs: tuple[NDArray[Any], ...]
    result: NDArray[Any]


# from an operation to the replacement of its result, of the same shape, or None to keep it
Replace: TypeAlias = Callable[[Operation], NDArray[Any] | None]

# an optimizer's step on one objective: (x, slots as a tuple of arrays) -> the next of each
FlatStep: TypeAlias = Callable[[Array, tuple[Array, ...]], tuple[Array, tuple[Array, ...]]]

Element: TypeAlias = tuple[str, tuple[float, ...]]  # a function and its arguments


def elements(operation: Operation) -> Iterator[tuple[Element, int]]:
    """Yield function and arguments of each element of the result, and its flat index."""
    shape = operation.result.shape
    try:
        inputs = [np.broadcast_to(each, shape).ravel() for each in operation.inputs]
    except ValueError:  # not elementwise
        return
    for i in range(operation.result.size):
        yield (operation.name, tuple(float(each[i]) for each in inputs)), i


def table(operations: list[Operation]) -> dict[Element, float]:
    """Return the results of elementary functions, by function and arguments."""
    return {
        element: float(operation.result.ravel()[i])
        for operation in operations
        if operation.name in ELEMENTARY
        for element, i in elements(operation)
    }


def replacing(instead: Mapping[Element, float]) -> Replace:
    """Return a `Replace` that takes results of elementary functions from ``instead``."""

    def replace(operation: Operation) -> NDArray[Any] | None:
        if operation.name not in ELEMENTARY:
            return None
        changed = operation.result.copy()
        flat = changed.reshape(-1)
        hits = [(i, instead[e]) for e, i in elements(operation) if e in instead]
        for i, value in hits:
            flat[i] = value
        return changed if hits else None

    return replace


def keep(operation: Operation) -> None:
    """Keep the result: a `Replace` that changes nothing."""
    return
