"""Closed array namespaces: a function that one lacks raises, and never falls back to numpy."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from reference.errors import Unknown
from reference.spec import Array

LAYOUT = (  # functions that move, select or compare numbers without rounding
    "all",
    "any",
    "broadcast_to",
    "concatenate",
    "expand_dims",
    "moveaxis",
    "ones_like",
    "reshape",
    "squeeze",
    "stack",
    "swapaxes",
    "where",
    "zeros_like",
)


class MissingFunction(Unknown, AttributeError):
    """A function that this arithmetic does not have."""


class Guarded(np.ndarray[Any, Any]):
    """An array that refuses numpy's functions, which would bypass its arithmetic.

    Operators and ufuncs work; any other function must be taken from the namespace.
    """

    def __array_function__(self, function: Callable[..., Any], *rest: Any) -> Any:
        raise MissingFunction("function of numpy on such an array", function.__name__, LAYOUT)

    def _mpmath_(self, precision: int, rounding: str) -> Any:
        """Tell mpmath, when it multiplies by this array, that it is not a number."""
        raise TypeError  # without it, mpmath formats the array for a message first, slowly


def plain(value: Any) -> Any:
    """Return a plain numpy array of a `Guarded` one; map over tuples and lists."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(plain, value))
    return value.view(np.ndarray) if isinstance(value, Guarded) else value


class Namespace:
    """The functions in `LAYOUT`, over arrays made by `wrap`.

    A subclass adds the functions that round. Any other attribute raises `MissingFunction`.
    """

    title = "namespace"
    overflowed = False  # whether a result in a format of 16 bits was not a finite number

    def wrap(self, result: Any) -> Array:
        """Return a plain array as an array of this arithmetic."""
        raise NotImplementedError

    def known(self) -> Iterable[str]:
        """Return the names of all functions."""
        public = (name for name in dir(type(self)) if not name.startswith("_"))
        return sorted({*LAYOUT, *public})

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in LAYOUT:
            raise MissingFunction(f"function of {self.title}", name, self.known())
        function = getattr(np, name)

        def layout(*arguments: Any, **options: Any) -> Any:
            result = function(*map(plain, arguments), **options)
            return result if result.dtype == bool else self.wrap(result)

        return layout
