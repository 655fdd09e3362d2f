"""Coefficients of a step: float64 numbers computed on the host from hyperparameters and step t."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from backends.native import Coefficients, Hyper, Native, Values, named
from reference import Parameters
from reference.arrays import Floats, Reals
from reference.spec import Array

BLOCK = 256  # steps whose coefficients are computed together

T = TypeVar("T")
Number: TypeAlias = float | Floats  # an array (K, 1) where a hyperparameter is one


def one_minus_power(base: Any, t: Any) -> Any:
    """Return 1 - base**t, float64, for a base in [0, 1), without cancellation.

    ``base`` and ``t`` are numbers, or arrays that broadcast against each other.
    """
    if isinstance(base, float) and isinstance(t, int):
        return -math.expm1(t * math.log(base)) if base else 1.0
    with np.errstate(divide="ignore"):
        return -np.expm1(t * np.log(base))


def unless(neutral: float, value: Any) -> Any:
    """Return ``value``, or None if it is the number ``neutral``, and so without effect.

    Not for an array of a sweep, of which some entry may have an effect.
    """
    return None if isinstance(value, float) and value == neutral else value


def is_number(value: object) -> bool:
    """Whether a coefficient is a number or array, not a boolean, a choice or a count."""
    return isinstance(value, (float, np.ndarray))


class _BySteps(Generic[T]):
    """A function of the step, ``at(t)``, that computes a block of `BLOCK` steps at once.

    ``compute(first, last)`` returns the values of these steps; those of the last block are cached.
    """

    def __init__(self, compute: Callable[[int, int], Sequence[T]]) -> None:
        self._compute, self._first, self._kept = compute, 1, tuple[T, ...]()

    def at(self, t: int) -> T:
        if not 0 <= t - self._first < len(self._kept):
            self._first = t - (t - 1) % BLOCK
            self._kept = tuple(self._compute(self._first, self._first + BLOCK - 1))
        return self._kept[t - self._first]


class Schedule:
    """An optimizer's coefficients for one set of hyperparameters.

    Attributes
    ----------
    at
        ``at(t)`` returns the coefficients of step ``t``, counted from 1, for hyperparameters that
        are numbers.
    step
        ``step(t)`` returns those in ``varying`` as a tuple in that order, floats, or arrays (K, 1)
        where a hyperparameter is one.
    conventions
        The booleans, choices and counts by name, static arguments of a compiled program.
    constants
        The numbers that do not depend on t, by name: floats, or arrays where a hyperparameter is
        one.
    varying
        The names of the numbers that depend on t.
    """

    def __init__(self, native: Native, h: Hyper) -> None:
        self._coefficients, self._h = native.coefficients, h
        self._one = native.coefficients(h, 1)
        first, both = named(self._one), named(native.coefficients(h, np.arange(1, 3)))
        numbers = [name for name, value in first.items() if is_number(value)]
        self.conventions = {n: v for n, v in first.items() if n not in numbers}
        self.varying = tuple(n for n in numbers if np.shape(both[n]) != np.shape(first[n]))
        self.constants: dict[str, Number] = {n: first[n] for n in numbers if n not in self.varying}
        self._pick = _picker(self.varying)
        self.step: Callable[[int], tuple[Number, ...]] = lambda t: ()
        self.at: Callable[[int], Coefficients] = lambda t: self._one
        if self.varying:  # numbers of many steps at once cost a fraction of as many computations
            self.step, self.at = _BySteps(self._rows).at, _BySteps(self._whole).at

    def _rows(self, first: int, last: int) -> list[tuple[Number, ...]]:
        table = self.table(first, last)
        if table.ndim == 2:
            return list(map(tuple, table.tolist()))
        return [tuple(np.moveaxis(step, -1, 0)[..., None]) for step in np.moveaxis(table, 1, 0)]

    def _whole(self, first: int, last: int) -> list[Coefficients]:
        varying = dict(zip(self.varying, self.table(first, last).T.tolist(), strict=True))
        names = named(self._one)
        rows = zip(*(varying.get(n, repeat(value)) for n, value in names.items()), strict=False)
        make: Any = getattr(self._one, "_make", None)
        if make:  # of a NamedTuple
            return list(map(make, rows))
        return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in rows]

    def table(self, first: int, last: int) -> Floats:
        """Return the varying coefficients of steps ``first`` to ``last``, both included.

        Shape (steps, varying), or (K, steps, varying) where a hyperparameter is an array (K, 1).
        """
        steps = np.arange(first, last + 1)
        columns = self._pick(self._coefficients(self._h, steps)) if self.varying else ()
        shape = np.broadcast_shapes(steps.shape, *(np.shape(c) for c in columns))
        table = np.empty((*shape, len(columns)))
        for i, column in enumerate(columns):
            table[..., i] = column
        return table


def _picker(names: tuple[str, ...]) -> Callable[[Coefficients], tuple[Number, ...]]:
    """Return a function from an object to the tuple of these attributes."""
    if len(names) != 1:
        return attrgetter(*names) if names else lambda c: ()
    only = attrgetter(names[0])
    return lambda c: (only(c),)


@dataclass(frozen=True)
class Layout:
    """The static part of an optimizer for a compiled program; its numbers are arguments.

    Equal layouts share a compiled program, whatever the values of the hyperparameters.

    Attributes
    ----------
    native
        The optimizer.
    hyper, constants, varying
        The names of the hyperparameters that are numbers, and of the coefficients that do not and
        do depend on the step.
    h_conventions, c_conventions
        The booleans, choices and counts among hyperparameters and coefficients, as (name, value).
    """

    native: Native
    hyper: tuple[str, ...]
    constants: tuple[str, ...]
    varying: tuple[str, ...]
    h_conventions: tuple[tuple[str, object], ...]
    c_conventions: tuple[tuple[str, object], ...]

    def h(self, numbers: Sequence[Array]) -> Values:
        """Return the hyperparameters; ``numbers`` are those of `Numbers.packed`."""
        return Values(self.h_conventions, zip(self.hyper, numbers[: len(self.hyper)], strict=True))

    def c(self, numbers: Sequence[Array], row: Sequence[Array]) -> Values:
        """Return the coefficients of a step from a row of the table and the constants.

        These are the last of ``numbers``, which are `Numbers.packed` or `Numbers.constants`.
        """
        first = len(numbers) - len(self.constants)
        constants = zip(self.constants, numbers[first:], strict=True)
        varying = zip(self.varying, row, strict=True)
        return Values(self.c_conventions, constants, varying)


class Numbers:
    """An optimizer's numbers, the arguments of a compiled program, and its `Layout`."""

    def __init__(self, native: Native, h: Hyper) -> None:
        self.schedule = Schedule(native, h)
        own = named(h)
        hyper = {n: v for n, v in own.items() if is_number(v)}
        numbers = (*hyper.values(), *self.schedule.constants.values())
        self.layout = Layout(
            native,
            tuple(hyper),
            tuple(self.schedule.constants),
            self.schedule.varying,
            tuple((n, v) for n, v in own.items() if n not in hyper),
            tuple(self.schedule.conventions.items()),
        )
        self._table: Reals | None = None
        shape = np.broadcast_shapes(*(np.shape(v) for v in numbers), ())[:1]
        columns = [np.broadcast_to(np.ravel(v) if shape else v, shape) for v in numbers]
        self.packed: Floats = np.stack(columns, axis=-1) if columns else np.empty((*shape, 0))
        """Hyperparameters and constants, (numbers,), or (K, numbers) for K combinations."""
        self.constants: Floats = self.packed[..., len(hyper) :]
        """The coefficients that do not depend on the step: all that an update needs of these."""

    def table(self, steps: int, dtype: DTypeLike) -> Reals:
        """Return the varying coefficients, (steps, varying), in ``dtype``; the last is cached."""
        if self._table is None or self._table.shape[0] != steps or self._table.dtype != dtype:
            self._table = self.schedule.table(1, steps).astype(dtype)
        return self._table

    def parts(self, steps: int, limit: int) -> list[tuple[int, int]]:
        """Split the steps into (first, last) ranges whose tables have at most ``limit`` entries."""
        combinations = 1 if self.packed.ndim == 1 else len(self.packed)
        length = max(1, limit // max(1, combinations * len(self.schedule.varying)))
        firsts = range(1, steps + 1, length)
        return [(first, min(first + length - 1, steps)) for first in firsts]


@lru_cache(maxsize=64)
def numbers_of(native: Native, h: Parameters) -> Numbers:
    """Return the `Numbers` of one set of hyperparameters, cached."""
    return Numbers(native, h)
