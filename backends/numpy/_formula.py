"""Tracing: an update is run once on symbols, and its ufunc calls are recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import NamedTuple, NoReturn, TypeAlias

import numpy as np

from backends.coefficients import Schedule
from backends.native import Hyper, Native, flat, kind_of, unflat

ADVICE = (
    "an update for numpy is made of operators and elementwise ufuncs that return what they make; "
    "what needs whole arrays is a step(c, f, x, slots)"
)


class Symbol(np.lib.mixins.NDArrayOperatorsMixin):
    """A placeholder of an array of the parameters' shape or of a number; records ufunc calls."""

    def __init__(self, name: str, calls: list["Call"], is_array: bool = True) -> None:
        self.name, self.calls, self.is_array = name, calls, is_array

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: "Operand", **options: object
    ) -> "Symbol":
        if method != "__call__" or options or ufunc.nout > 1 or ufunc.signature:
            asked = ", ".join(
                [ufunc.__name__, *([method] if method != "__call__" else []), *options]
            )
            raise TypeError(f"{asked}: {ADVICE}")
        if ufunc is np.multiply and any(isinstance(v, float) and v == 1 for v in inputs):
            return self
        is_array = any(value.is_array for value in inputs if isinstance(value, Symbol))
        result = Symbol(f"v{len(self.calls)}", self.calls, is_array)
        self.calls.append(Call(ufunc, inputs, result))
        return result

    def __array_function__(self, function: Callable[..., object], *rest: object) -> NoReturn:
        raise TypeError(f"{function.__name__}: {ADVICE}")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise TypeError(f"{vars(self).get('name')}.{name}: {ADVICE}")

    def __bool__(self) -> NoReturn:
        raise TypeError(f"a choice by the value of {self.name}: {ADVICE}")

    __hash__ = object.__hash__


Operand: TypeAlias = Symbol | float


class Call(NamedTuple):
    """One ufunc call: its inputs, symbols or numbers, and the symbol of its result."""

    ufunc: np.ufunc
    inputs: tuple[Operand, ...]
    result: Symbol


class Formula(NamedTuple):
    """A traced update: ``calls`` compute ``results``, the next ``state`` (x, then the slots).

    ``numbers`` are the symbols of the coefficients.
    """

    state: list[Symbol]
    numbers: list[Symbol]
    calls: list[Call]
    results: list[Symbol]


@dataclass(frozen=True)
class Signature:
    """The cache key of a formula: equal signatures share their code.

    Attributes
    ----------
    conventions
        Booleans, choices and counts, as (name, value).
    ones
        The coefficients that are exactly 1; multiplications by them are left out.
    numbers
        The names of the other coefficients, those that do not depend on the step first; last the
        norm of the gradient, if the update needs it.
    slots, arrays
        The type of the optimizer's slots, None for a single array, and the number of their arrays.
    """

    native: Native
    conventions: tuple[tuple[str, object], ...]
    ones: tuple[str, ...]
    numbers: tuple[str, ...]
    slots: type | None
    arrays: int


def signature(native: Native, h: Hyper, schedule: Schedule) -> Signature:
    """Return the signature of an update with these hyperparameters."""
    shape = np.broadcast_shapes((1,), *(v.shape for v in vars(h).values() if hasattr(v, "shape")))
    slots = native.slots(h, np.zeros(shape))
    ones = tuple(n for n, v in schedule.constants.items() if isinstance(v, float) and v == 1)
    numbers = (*(n for n in schedule.constants if n not in ones), *schedule.varying)
    if native.norm is not None:
        numbers = (*numbers, "norm")
    kind = kind_of(slots)
    return Signature(
        native, tuple(schedule.conventions.items()), ones, numbers, kind, len(flat(slots))
    )


@lru_cache(maxsize=256)
def formula(of: Signature) -> Formula:
    """Trace the update.

    Raises
    ------
    TypeError
        If the update uses anything but operators and elementwise ufuncs; the message names it.
    """
    calls: list[Call] = []
    x, g = Symbol("x", calls), Symbol("g", calls)
    slots = [Symbol(f"slot{i}", calls) for i in range(of.arrays)]
    numbers = [Symbol(name, calls, is_array=False) for name in of.numbers]
    c = SimpleNamespace(
        **dict(of.conventions),
        **dict.fromkeys(of.ones, 1.0),
        **dict(zip(of.numbers, numbers, strict=True)),
    )
    update = of.native.update
    if update is None:
        raise TypeError(f"{of.native.name} has no update: {ADVICE}")
    new, after = update(c, x, g, unflat(of.slots, slots))
    return Formula([x, *slots], numbers, calls, [new, *flat(after)])
