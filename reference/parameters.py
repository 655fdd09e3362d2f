"""Declared parameters: each field of a `Parameters` class states its default, range and meaning."""

import inspect
import math
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from numbers import Integral, Real
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    Self,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from reference.errors import Invalid, Unknown, shown


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
        return above and below and (isinstance(value, int) or math.isfinite(value))

    def __str__(self) -> str:
        low = (
            "" if math.isinf(self.low) else f"{_end(self.low)} {'<=' if self.low_inside else '<'} "
        )
        high = (
            ""
            if math.isinf(self.high)
            else f" {'<=' if self.high_inside else '<'} {_end(self.high)}"
        )
        return f"{low}x{high}" if low or high else "any finite number"


def _end(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


Finite = Annotated[float, Interval()]
Positive = Annotated[float, Interval(low=0, low_inside=False)]
NonNegative = Annotated[float, Interval(low=0)]
Decay = Annotated[float, Interval(low=0, high=1, high_inside=False)]
# The square and its reciprocal are ordinary numbers, in float32 too, with room for factors.
Squarable = Annotated[float, Interval(low=1e-18, high=1e18)]
Count = Annotated[int, Interval(low=1)]
Seed = Annotated[int, Interval(low=0, high=2**53 - 1)]  # what every reader of JSON holds exactly
Vector = tuple[Finite, ...]


class FieldDescription(NamedTuple):
    """What a parameter means, which values it admits in words, and its default.

    ``meaning`` is empty where the class's docstring says nothing; ``default`` is
    `dataclasses.MISSING` where the parameter must be given.
    """

    meaning: str
    expected: str
    default: Any


SECTION = re.compile(r"^Attributes\n-+\n(.*?)(?=^\S[^\n]*\n-+$|\Z)", re.MULTILINE | re.DOTALL)
ENTRY = re.compile(r"^(\w+)[^\n]*\n((?:[ ]+\S[^\n]*\n?|\n)+)", re.MULTILINE)


@cache
def _meanings(cls: type) -> dict[str, str]:
    """What the section "Attributes" of a class's docstring says of each, and that of its bases."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        for section in SECTION.findall(inspect.cleandoc(base.__doc__ or "")):
            found |= {name: " ".join(text.split()) for name, text in ENTRY.findall(section)}
    return found


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


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
        return get_args(hint)[get_args(hint).index(value)]
    if get_origin(hint) is tuple:
        if isinstance(value, (str, Mapping)) or len(value) == 0:
            raise ValueError
        return tuple(_checked(get_args(hint)[0], item) for item in value)
    if hint is bool:
        if not isinstance(value, bool):
            raise TypeError
        return value
    base, interval = get_args(hint)
    if isinstance(value, bool) or not isinstance(value, Integral if base is int else Real):
        raise TypeError
    number = base(value)
    if number not in interval:
        raise ValueError
    return number + 0  # -0.0 is 0.0: what is equal prints and runs the same


def real_numbers(
    name: str, value: Any, dtype: str, normal: bool = False
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return ``value`` as a float64 array of numbers that are finite in ``dtype``.

    Parameters
    ----------
    name
        What a message calls it.
    value
        A number or a regular array of them.
    dtype
        "float32" or "float64".
    normal
        Refuse what is so small that ``dtype`` holds it as 0 or with fewer digits, too.

    Raises
    ------
    Invalid
        What is not a number or a regular array of real numbers, or not finite in ``dtype``.

    Examples
    --------
    >>> real_numbers("start", [1, 2.5], "float32")
    array([1. , 2.5])
    >>> real_numbers("start", [1, 1e39], "float32")
    Traceback (most recent call last):
        ...
    reference.errors.Invalid: start[1] = 1e+39: expected a number that is finite in float32
    """
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        array = np.array(None)
    if array.dtype.kind not in "iuf":
        raise Invalid(f"{name} = {shown(value)}: expected real numbers")
    wide = array.astype(np.float64)
    with np.errstate(over="ignore", under="ignore"):
        good = np.isfinite(wide.astype(dtype))
    expected = f"a number that is finite in {dtype}"
    if normal and good.all():
        tiny = float(np.finfo(dtype).tiny)
        good = (wide == 0) | (abs(wide) >= tiny)
        expected = f"0, or a number of at least {tiny:.3g} in size, the least normal one in {dtype}"
    if not good.all():
        first = np.argwhere(~good)[0]
        where = "".join(f"[{i}]" for i in first)
        raise Invalid(f"{name}{where} = {array[tuple(first)]}: expected {expected}")
    return wide


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Parameters:
    """Base of every set of parameters: frozen, keyword-only, checked when it is made.

    A subclass has a field for each parameter, whose type says which values it admits; the section
    "Attributes" of its docstring says what each is, for errors and the report to show.

    Examples
    --------
    >>> class Hyper(Parameters):
    ...     '''Of gradient descent.
    ...
    ...     Attributes
    ...     ----------
    ...     lr
    ...         The learning rate.
    ...     '''
    ...
    ...     lr: Positive = 0.1
    >>> Hyper(lr=-1)
    Traceback (most recent call last):
        ...
    reference.errors.Invalid: lr = -1: expected a number x, 0 < x. lr: The learning rate.
    """

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True, kw_only=True)(cls)

    def __post_init__(self) -> None:
        cls: type = type(self)
        for name, hint in _hints(cls).items():
            value = getattr(self, name)
            try:
                object.__setattr__(self, name, _checked(hint, value))
            except (TypeError, ValueError, OverflowError):
                meaning = _meanings(cls).get(name, "")
                more = f". {name}: {meaning}" if meaning else ""
                message = f"{name} = {shown(value)}: expected {describe(hint)}{more}"
                raise Invalid(message) from None

    def check_dtype(self, owner: str, dtype: str) -> None:
        """Raise Invalid if a number of ``owner`` is too large for ``dtype``.

        What cannot be negative scales something, and must not be too small either.
        """
        cls: type = type(self)
        for name, hint in _hints(cls).items():
            value = getattr(self, name)
            if isinstance(value, (float, tuple)):
                scales = isinstance(value, float) and get_args(hint)[1].low >= 0
                real_numbers(f"{owner}: {name}", value, dtype, normal=scales)

    def to_dict(self) -> dict[str, Any]:
        """All of them by name, as JSON has them: numbers, booleans, strings and lists."""
        return {n: list(v) if isinstance(v, tuple) else v for n, v in vars(self).items()}

    @classmethod
    def describe_fields(cls) -> dict[str, FieldDescription]:
        """What each parameter means, admits and is by default, by name.

        Examples
        --------
        >>> OPTIMIZERS["gd"].hyper.describe_fields()["lr"].expected
        'a number x, 0 < x'
        """
        kind: type = cls
        meanings = _meanings(kind)
        return {
            name: FieldDescription(
                meanings.get(name, ""), describe(hint), getattr(cls, name, MISSING)
            )
            for name, hint in _hints(kind).items()
        }

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
            raise Invalid(f"parameters of {owner} = {shown(given)}: expected a mapping")
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
