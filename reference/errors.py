"""The errors a user can cause, each naming the value, what was expected and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches


class Invalid(ValueError):
    """A case, parameter or option that cannot be run as it was given."""


class Unknown(Invalid, KeyError):
    """An id that nothing answers to; the message suggests the nearest one."""

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(str(name), names, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}? " if near else ""
        super().__init__(f"unknown {kind} {name!r}: {hint}expected one of {', '.join(names)}")

    def __str__(self) -> str:  # KeyError would print the message in quotes
        return str(self.args[0])


def choose(kind: str, name: object, known: Iterable[str]) -> str:
    """Return ``name`` if it is one of ``known``; raise `Unknown` otherwise."""
    names = tuple(known)
    if not isinstance(name, str) or name not in names:
        raise Unknown(kind, name, names)
    return name
