"""Closed array namespaces: what one does not have raises, and nothing falls through to numpy."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from reference.errors import Unknown
from reference.spec import Array

LAYOUT = (  # functions that move, select or compare numbers, and so round nothing
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
    """An array that numpy's own functions refuse, since they would skip its arithmetic.

    Operators and ufuncs are the arithmetic's own business; everything else must be asked of the
    namespace.
    """

    def __array_function__(self, function: Callable[..., Any], *rest: Any) -> Any:
        raise MissingFunction("function of numpy on such an array", function.__name__, LAYOUT)

    def _mpmath_(self, precision: int, rounding: str) -> Any:
        """Tell mpmath, which asks when its number is multiplied by an array, that this is none."""
        raise TypeError  # at once: of its own accord it would put the whole array into words first


def plain(value: Any) -> Any:
    """The array without its arithmetic; tuples and lists of arrays likewise."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(plain, value))
    return value.view(np.ndarray) if isinstance(value, Guarded) else value


class Namespace:
    """The functions of an array namespace that round nothing, over arrays made by `wrap`.

    A subclass adds those that round. Asking for any other raises `MissingFunction`.
    """

    title = "namespace"

    def wrap(self, result: Any) -> Array:
        """Give a plain array the arithmetic of this namespace."""
        raise NotImplementedError

    def known(self) -> Iterable[str]:
        """The names of all functions there are."""
        own = (name for name in dir(type(self)) if not name.startswith("_"))
        return sorted({*LAYOUT, *own})

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in LAYOUT:
            raise MissingFunction(f"function of {self.title}", name, self.known())
        function = getattr(np, name)

        def layout(*arguments: Any, **options: Any) -> Any:
            result = function(*map(plain, arguments), **options)
            return result if result.dtype == bool else self.wrap(result)

        return layout
