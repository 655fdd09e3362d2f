"""Declared parameters: the fields of a `Parameters` class, with default, range and meaning."""

import inspect
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache, partial
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    Self,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np
from numpy.typing import ArrayLike

from reference.arrays import Floats
from reference.errors import Invalid, Unknown, shown
from reference.precision import PRECISIONS


@dataclass(frozen=True)
class Interval:
    """An interval of finite real numbers, each end closed (inside) or open."""

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
Share = Annotated[float, Interval(low=0, high=1)]
# The square and its reciprocal are normal float32 numbers, even times a factor of 10.
Squarable = Annotated[float, Interval(low=1e-18, high=1e18)]
Count = Annotated[int, Interval(low=1)]
Seed = Annotated[int, Interval(low=0, high=2**53 - 1)]  # exact in every JSON parser
Vector = tuple[Finite, ...]


class FieldDescription(NamedTuple):
    """A parameter's meaning, its valid values in words, and its default.

    ``meaning`` is empty if the class's docstring has no entry for it. ``default`` is
    `dataclasses.MISSING` if the parameter is required.
    """

    meaning: str
    expected: str
    default: object


SECTION = re.compile(r"^Attributes\n-+\n(.*?)(?=^\S[^\n]*\n-+$|\Z)", re.MULTILINE | re.DOTALL)
ENTRY = re.compile(r"^(\w+)[^\n]*\n((?:[ ]+\S[^\n]*\n?|\n)+)", re.MULTILINE)


@cache
def _meanings(cls: type) -> dict[str, str]:
    """Parse the "Attributes" section of the docstrings of a class and its bases."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        for section in SECTION.findall(inspect.cleandoc(base.__doc__ or "")):
            found |= {name: " ".join(text.split()) for name, text in ENTRY.findall(section)}
    return found


@cache
def _hints(cls: type) -> dict[str, Any]:
    """The types of a class's parameters, its own before those of its bases."""
    hints = get_type_hints(cls, include_extras=True)
    order = dict.fromkeys(name for base in cls.__mro__ for name in inspect.get_annotations(base))
    return {name: hints[name] for name in order}


def _is_optional(hint: Any) -> bool:
    """Whether None is a valid value; such a hint is written ``X | None``."""
    return get_origin(hint) in (Union, UnionType) and get_args(hint)[1:] == (NoneType,)


def _is_nested(hint: Any) -> bool:
    """Whether the values are parameters themselves."""
    return isinstance(hint, type) and issubclass(hint, Parameters)


def is_real(hint: Any) -> bool:
    """Whether the values of a parameter of this type are real numbers, and nothing else."""
    return get_args(hint)[:1] == (float,)


def describe(hint: Any) -> str:
    """Describe the valid values of a parameter's type ``hint`` in words."""
    if _is_optional(hint):
        return f"{describe(get_args(hint)[0])}, or None"
    if _is_nested(hint):
        return str(hint.EXPECTED)
    if get_origin(hint) is Callable:
        return "a function"
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(repr(choice) for choice in get_args(hint))
    if get_origin(hint) is tuple:
        return "a non-empty sequence, each " + describe(get_args(hint)[0])
    if hint is bool:
        return "True or False"
    base, interval = get_args(hint)
    return f"{'a whole' if base is int else 'a'} number x, {interval}"


@cache
def _converters(cls: type) -> tuple[tuple[str, Any, Callable[[Any], Any]], ...]:
    """The name, type and converter of each of a class's parameters."""
    return tuple((name, hint, _converter(hint)) for name, hint in _hints(cls).items())


def _converter(hint: Any) -> Callable[[Any], Any]:
    """Return what converts a value to the type ``hint``, or raises ValueError or TypeError."""
    if _is_optional(hint):
        given = _converter(get_args(hint)[0])
        return lambda value: None if value is None else given(value)
    if _is_nested(hint):
        converter: Callable[[Any], Any] = hint.made_of
        return converter
    if get_origin(hint) is Callable:
        return _function
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        return lambda value: choices[choices.index(value)]
    if get_origin(hint) is tuple:
        return partial(_sequence, _converter(get_args(hint)[0]))
    if hint is bool:
        return _truth_value
    return partial(_number, *get_args(hint))


def _function(value: Any) -> Any:
    if not callable(value):
        raise TypeError
    return value


def _sequence(item: Callable[[Any], Any], value: Any) -> tuple[Any, ...]:
    if isinstance(value, (str, Mapping)) or len(value) == 0:
        raise ValueError
    return tuple(map(item, value))


def _truth_value(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _number(base: type, interval: Interval, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, Integral if base is int else Real):
        raise TypeError
    number = base(value)
    if number not in interval:
        raise ValueError
    return number + 0  # turns -0.0 into 0.0, so that equal parameters run the same


def real_numbers(name: str, value: ArrayLike, dtype: str, normal: bool = False) -> Floats:
    """Return ``value`` as a float64 array of numbers that are finite in ``dtype``.

    Parameters
    ----------
    name
        The name in messages.
    value
        A number or a regular array of them.
    dtype
        One of `PRECISIONS`.
    normal
        Also refuse numbers that underflow to zero or a subnormal number in ``dtype``.

    Raises
    ------
    Invalid
        If ``value`` is not a real number or a regular array of them, or not finite in ``dtype``.

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
    wide, precision = array.astype(np.float64), PRECISIONS[dtype]
    good = abs(wide) < precision.overflow  # which NaN is not
    expected = f"a number that is finite in {dtype}"
    if normal and good.all():
        tiny = precision.tiny
        good = (wide == 0) | (abs(wide) >= tiny)
        expected = f"0, or a number of at least {tiny:.3g} in size, the least normal one in {dtype}"
    if not good.all():
        first = np.argwhere(~good)[0]
        where = "".join(f"[{i}]" for i in first)
        raise Invalid(f"{name}{where} = {array[tuple(first)]}: expected {expected}")
    return wide


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Base of every set of parameters: frozen, keyword-only, validated on construction.

    A subclass annotates each parameter with a type such as `Positive`, which sets its valid
    values, or with ``Positive | None``. A parameter may be another set of parameters, whose class
    has ``made_of(value)`` and a text ``EXPECTED`` for messages. The "Attributes" section of the
    docstring holds the meanings that errors and the report show.

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
        for name, hint, converted in _converters(cls):
            value = getattr(self, name)
            try:
                object.__setattr__(self, name, converted(value))
            except Invalid as error:  # of parameters within these
                raise Invalid(f"{name}: {error}") from None
            except (TypeError, ValueError, OverflowError):
                meaning = _meanings(cls).get(name, "")
                more = f". {name}: {meaning}" if meaning else ""
                message = f"{name} = {shown(value)}: expected {describe(hint)}{more}"
                raise Invalid(message) from None

    def check_dtype(self, owner: str, dtype: str) -> None:
        """Raise Invalid if a number of ``owner`` overflows in ``dtype``.

        Parameters that cannot be negative are scales; these must not underflow either.
        """
        cls: type = type(self)
        for name, hint in _hints(cls).items():
            value = getattr(self, name)
            if isinstance(value, Parameters):
                value.check_dtype(f"{owner}: {name}", dtype)
            if isinstance(value, (float, tuple)):
                number = get_args(hint)[0] if _is_optional(hint) else hint
                scales = isinstance(value, float) and get_args(number)[1].low >= 0
                real_numbers(f"{owner}: {name}", value, dtype, normal=scales)

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters by name, as JSON types."""
        return {name: _plain(value) for name, value in vars(self).items()}

    @classmethod
    def describe_fields(cls) -> dict[str, FieldDescription]:
        """Return each parameter's `FieldDescription`, by name.

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
    def build(cls, owner: str, given: Mapping[str, object]) -> Self:
        """Make the parameters of ``owner``, an id for messages, from ``given`` and the defaults.

        Raises
        ------
        Unknown
            If ``owner`` has no parameter of that name.
        Invalid
            If a value has the wrong type or is out of range, or a required one is missing.
        """
        if not isinstance(given, Mapping):
            raise Invalid(f"parameters of {owner} = {shown(given)}: expected a mapping")
        names = [field.name for field in fields(cls)]
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


def _plain(value: Any) -> Any:
    """Return a parameter's value as JSON types."""
    if isinstance(value, Parameters):
        return value.to_dict()
    return list(value) if isinstance(value, tuple) else value


class NoParameters(Parameters):
    """The empty set of parameters."""
