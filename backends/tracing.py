"""The operations of a step, one after another: what each was given, and what it gave."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from reference.allowances import ALLOWED

EXACT = frozenset(name for name, allowed in ALLOWED.items() if not allowed.ulps)
ARITHMETIC = frozenset(("add", "subtract", "multiply", "divide", "reciprocal", "square"))
WHOLE = frozenset(("sum", "mean", "matmul", "solve"))  # of arrays
ELEMENTARY = frozenset(ALLOWED) - EXACT - ARITHMETIC - WHOLE  # what a library approximates


class Operation(NamedTuple):
    """A call of a framework's function, by numpy's name for it; arrays are numpy's own copies."""

    name: str
    inputs: tuple[np.ndarray[Any, Any], ...]
    result: np.ndarray[Any, Any]


# from an operation to what its result is to be instead, of the same shape, or None to keep it
Replace: TypeAlias = Callable[[Operation], np.ndarray[Any, Any] | None]

# an optimizer's step at one objective: (x, arrays of the slots) -> the same after it
FlatStep: TypeAlias = Callable[[Any, tuple[Any, ...]], tuple[Any, tuple[Any, ...]]]

Element: TypeAlias = tuple[str, tuple[float, ...]]  # a function and its arguments


def elements(operation: Operation) -> Iterator[tuple[Element, int]]:
    """Each element's function and arguments, and its place in the flattened result."""
    shape = operation.result.shape
    try:
        inputs = [np.broadcast_to(each, shape).ravel() for each in operation.inputs]
    except ValueError:  # a function of whole arrays
        return
    for i in range(operation.result.size):
        yield (operation.name, tuple(float(each[i]) for each in inputs)), i


def table(operations: list[Operation]) -> dict[Element, float]:
    """What each elementary function gave, by function and arguments."""
    return {
        element: float(operation.result.ravel()[i])
        for operation in operations
        if operation.name in ELEMENTARY
        for element, i in elements(operation)
    }


def replacing(instead: Mapping[Element, float]) -> Replace:
    """Give some functions of some arguments other results."""

    def replace(operation: Operation) -> np.ndarray[Any, Any] | None:
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
    """Replace nothing."""
    return
