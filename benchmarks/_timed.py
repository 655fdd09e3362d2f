"""How asv samples what `setup` has made, warmed and checked already."""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def attributes(**given: Any) -> Callable[[F], F]:
    """Set on a function what asv reads there: its ``pretty_name``, its ``timeout``."""

    def set_them(function: F) -> F:
        vars(function).update(given)
        return function

    return set_them


class Timed:
    """A call a sample; five to twenty samples in about half a second; two such rounds."""

    timeout = 300
    rounds = 2
    repeat = (5, 20, 0.5)
    number = 1
    warmup_time = 0
