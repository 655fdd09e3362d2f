"""Records the calls of ufuncs and of array functions of a step in numpy."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from backends.tracing import FlatStep, Operation, Replace
from reference.spec import Array


class Traced(np.ndarray[Any, Any]):
    """An array whose functions' calls are recorded, and their results possibly replaced."""

    recorder: "Recorder"

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        out = options.pop("out", (None,))
        plain = [_plain(value) for value in inputs]
        result = getattr(ufunc, method)(*plain, **options)
        if isinstance(result, (np.ndarray, np.generic)):
            name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
            result = self.recorder.note(name, plain, result)
        if out[0] is not None:
            _plain(out[0])[...] = result
            return out[0]
        return (
            tuple(map(self.recorder.wrap, result))
            if isinstance(result, tuple)
            else (self.recorder.wrap(result))
        )

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        plain = _plain(args)
        result = function(*plain, **_plain(kwargs))
        if isinstance(result, (np.ndarray, np.generic)):
            result = self.recorder.note(function.__name__, [*_arrays(plain)], result)
        if isinstance(result, tuple):
            return (
                type(result)(*map(self.recorder.wrap, result))
                if hasattr(result, "_fields")
                else tuple(map(self.recorder.wrap, result))
            )
        return self.recorder.wrap(result)


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(map(_plain, value))
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value.view(np.ndarray) if isinstance(value, Traced) else value


def _arrays(value: Any) -> Iterator[Any]:
    """The arrays and numbers among a function's arguments, also those in lists."""
    if isinstance(value, (tuple, list)):
        for each in value:
            yield from _arrays(each)
    elif isinstance(value, (np.ndarray, np.generic, float)):
        yield value


class Recorder:
    """Collects the operations on arrays made by `wrap`."""

    def __init__(self, replace: Replace) -> None:
        self.replace = replace
        self.operations: list[Operation] = []
        self.array: type[Traced] = type("Traced", (Traced,), {"recorder": self})

    def wrap(self, value: Any) -> Any:
        return (
            np.asarray(value).view(self.array)
            if isinstance(value, (np.ndarray, np.generic))
            else value
        )

    def note(self, name: str, inputs: Any, result: Any) -> Any:
        arrays = tuple(np.array(value) for value in inputs)
        operation = Operation(name, arrays, np.array(result))
        instead = self.replace(operation)
        self.operations.append(operation)
        return result if instead is None else instead


def trace(
    step: FlatStep, x: Array, slots: tuple[Array, ...], replace: Replace
) -> tuple[Any, list[Operation]]:
    """Run ``step(x, slots)`` on recorded copies; return its plain result and the operations."""
    recorder = Recorder(replace)
    new, after = step(recorder.wrap(x.copy()), tuple(recorder.wrap(s.copy()) for s in slots))
    return (_plain(new), tuple(map(_plain, after))), recorder.operations
