"""Exceptions for invalid input; each message names the value and what was expected."""

from collections.abc import Iterable
from difflib import get_close_matches

NEAR = 0.5  # of difflib's similarity: "all" is taken for "allclose", "nope" not for "sparse"
LONGEST = 200  # characters of a value in a message


def shown(value: object) -> str:
    """Return the value's repr for a message, cut to `LONGEST` characters."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        text = f"a number of type {type(value).__name__} too long to print"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


class Invalid(ValueError):
    """An invalid case, parameter or option."""


class Unknown(Invalid, KeyError):
    """An id that does not exist; the message says ``hint``, or suggests the most similar one."""

    def __init__(self, kind: str, name: object, known: Iterable[str], hint: str = "") -> None:
        super().__init__(kind, name, sorted(known), hint)  # so that it can be unpickled

    def __str__(self) -> str:
        kind, name, known, hint = self.args
        near = get_close_matches(shown(name).strip("'"), known, n=1, cutoff=NEAR)
        said = f"did you mean {near[0]!r}? " if near else ""
        said = f"{hint}; " if hint else said
        return f"unknown {kind} {shown(name)}: {said}expected one of {', '.join(known)}"


def choose(kind: str, name: object, known: Iterable[str]) -> str:
    """Return ``name`` if it is one of ``known``; raise `Unknown` otherwise."""
    names = tuple(known)
    if not isinstance(name, str) or name not in names:
        raise Unknown(kind, name, names)
    return name
