"""Declared parameters: each field of a `Parameters` class states its default and its range."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import (
    Annotated,
    Any,
    Literal,
    Self,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from reference.errors import Invalid, Unknown


@dataclass(frozen=True)
class Interval:
    """The finite real numbers between two ends, each end inside or outside."""

    low: float = -math.inf
    high: float = math.inf
    low_inside: bool = True
    high_inside: bool = True

    def __contains__(self, value: float) -> bool:
        above = value >= self.low if self.low_inside else value > self.low
        below = value <= self.high if self.high_inside else value < self.high
        return math.isfinite(value) and above and below

    def __str__(self) -> str:
        low = "" if math.isinf(self.low) else f"{self.low:g} {'<=' if self.low_inside else '<'} "
        high = (
            "" if math.isinf(self.high) else f" {'<=' if self.high_inside else '<'} {self.high:g}"
        )
        return f"{low}x{high}" if low or high else "any finite number"


Finite = Annotated[float, Interval()]
Positive = Annotated[float, Interval(low=0, low_inside=False)]
NonNegative = Annotated[float, Interval(low=0)]
Decay = Annotated[float, Interval(low=0, high=1, high_inside=False)]
Count = Annotated[int, Interval(low=1)]
Seed = Annotated[int, Interval(low=0)]
Vector = tuple[Finite, ...]


def describe(hint: Any) -> str:
    """Say in words which values the type ``hint`` of a parameter admits."""
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(repr(choice) for choice in get_args(hint))
    if get_origin(hint) is tuple:
        return "a non-empty sequence, each " + describe(get_args(hint)[0])
    if hint is bool:
        return "True or False"
    base, interval = get_args(hint)
    return f"{'a whole' if base is int else 'a'} number x, {interval}"


def _checked(hint: Any, value: Any) -> Any:
    """Return ``value`` in the type that ``hint`` asks for, or raise ValueError or TypeError."""
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise ValueError
        return value
    if get_origin(hint) is tuple:
        if isinstance(value, str) or len(value) == 0:
            raise ValueError
        return tuple(_checked(get_args(hint)[0], item) for item in value)
    if hint is bool:
        if not isinstance(value, bool):
            raise TypeError
        return value
    base, interval = get_args(hint)
    if isinstance(value, bool) or not isinstance(value, Integral if base is int else Real):
        raise TypeError
    if float(value) not in interval:
        raise ValueError
    return base(value)


def real_numbers(name: str, value: Any, dtype: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return ``value`` as a float64 array of numbers that are finite in ``dtype``.

    Raises
    ------
    Invalid
        What is not a number or a regular array of real numbers, or not finite in ``dtype``.
    """
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        array = np.array(None)
    if array.dtype.kind not in "iuf":
        raise Invalid(f"{name} = {value!r}: expected real numbers")
    with np.errstate(over="ignore"):
        finite = np.isfinite(array.astype(dtype))
    if not finite.all():
        first = np.argwhere(~finite)[0]
        where = "".join(f"[{i}]" for i in first)
        given = array[tuple(first)]
        raise Invalid(f"{name}{where} = {given}: expected a number that is finite in {dtype}")
    return array.astype(np.float64)


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Parameters:
    """Base of every set of parameters: frozen, keyword-only, checked when it is made."""

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True, kw_only=True)(cls)

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self), include_extras=True).items():
            value = getattr(self, name)
            try:
                object.__setattr__(self, name, _checked(hint, value))
            except (TypeError, ValueError, OverflowError):
                raise Invalid(f"{name} = {value!r}: expected {describe(hint)}") from None

    def check_finite(self, owner: str, dtype: str) -> None:
        """Raise Invalid if a number of ``owner`` is too large for ``dtype``."""
        for name, value in vars(self).items():
            if isinstance(value, (float, tuple)):
                real_numbers(f"{owner}: {name}", value, dtype)

    @classmethod
    def build(cls, owner: str, given: Mapping[str, Any]) -> Self:
        """Make the parameters of ``owner`` from ``given``, with defaults for the rest.

        Raises
        ------
        Unknown
            A name that ``owner`` does not have.
        Invalid
            A value of the wrong type or outside its range.
        """
        if not isinstance(given, Mapping):
            raise Invalid(f"parameters of {owner} = {given!r}: expected a mapping")
        names = [field.name for field in fields(cls)]  # type: ignore[arg-type]
        for name in given:
            if name not in names:
                raise Unknown(f"parameter of {owner}", name, names or ["(it has none)"])
        try:
            return cls(**given)
        except Invalid as error:
            raise Invalid(f"{owner}: {error}") from None
        except TypeError:
            missing = [name for name in names if name not in given and not hasattr(cls, name)]
            raise Invalid(f"{owner}: {', '.join(missing)} must be given") from None


class NoParameters(Parameters):
    """For what has no parameters."""
