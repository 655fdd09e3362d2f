"""Convert dataclasses to and from JSON values, guided by their type annotations."""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class Unreadable(ValueError):
    """Names the fields that are missing or have a wrong type."""


def to_json(value: Any) -> Any:
    """Turn dataclasses into dicts without the fields that have their default.

    Numbers that are not finite become "inf", "-inf" or "nan", since standard JSON has none.
    """
    if is_dataclass(value):
        given = ((f, getattr(value, f.name)) for f in fields(value))
        return {f.name: to_json(each) for f, each in given if each != _default(f)}
    if isinstance(value, Mapping):
        return {str(name): to_json(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def from_json(value: Any, kind: type[T]) -> T:
    """Make a dataclass from a dict, ignoring keys that are no fields.

    Raises
    ------
    Unreadable
        If fields are missing or have a wrong type; the message names them.
    """
    found: T = _dataclass(value, kind)
    return found


def readable(values: Iterable[Any], kind: type[T]) -> list[T]:
    """Make dataclasses from the values, and skip those that are `Unreadable`."""
    found = []
    for value in values:
        with suppress(Unreadable):
            found.append(from_json(value, kind))
    return found


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


@cache
def _annotations(kind: type) -> dict[str, tuple[Any, bool]]:
    """For each field its annotation, and whether it must be given."""
    hints = get_type_hints(kind)
    return {f.name: (hints[f.name], _default(f) is MISSING) for f in fields(kind)}


def _dataclass(value: Any, kind: Any) -> Any:
    given = value if isinstance(value, dict) else {}
    values, wrong = {}, []
    for name, (hint, needed) in _annotations(kind).items():
        try:
            if needed or name in given:
                values[name] = _make(given[name], hint)
        except (LookupError, TypeError, ValueError):
            wrong.append(name)
    if wrong:
        raise Unreadable(", ".join(wrong))
    return kind(**values)


def _make(value: Any, hint: Any) -> Any:
    """Convert a value to its annotated type; raise ValueError or TypeError if it has another."""
    origin, arguments = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return _dataclass(value, hint)
    if origin is UnionType:
        (kind,) = set(arguments) - {NoneType}
        return None if value is None else _make(value, kind)
    if origin in (list, tuple):
        return origin(_items(value, arguments))
    if origin is dict:
        return {_make(n, arguments[0]): _make(v, arguments[1]) for n, v in value.items()}
    if hint is float and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise TypeError
    return value


def _items(value: Any, arguments: tuple[Any, ...]) -> list[Any]:
    """The items of list[X], tuple[X, ...] or tuple[X, Y]."""
    if not isinstance(value, list):
        raise TypeError
    if len(arguments) == 2 and arguments[1] is not ...:
        return [_make(each, hint) for each, hint in zip(value, arguments, strict=True)]
    return [_make(each, arguments[0]) for each in value]
