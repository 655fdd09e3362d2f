"""The fixed arguments on which a machine's arithmetic is measured, and their exact results."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import mpmath
import numpy as np

from reference.allowances import accumulated
from reference.arrays import Floats, Ints
from reference.digits import DIGITS, Digits, float64
from reference.nearest import nearest, unit
from reference.operations import OPERATIONS, Operation
from reference.spec import Array

ORDINARY = (0.1, 10.0)
COUNTS = {"ordinary": 1024, "huge": 256, "tiny": 256, "subnormal": 256}
ROWS = 32  # results of an operation on vectors or matrices; they have the ordinary regime only


@dataclass(frozen=True, eq=False)
class Expected:
    """An operation's arguments in one dtype, and their N exact results.

    Attributes
    ----------
    arguments
        A float64 array (N, ...) for each argument, of numbers that the dtype represents exactly.
    regimes
        The slice of the N results in each regime.
    nearest
        The correctly rounded results, float64 (N, ...). The arrays below are like it.
    rest
        The exact results minus the correctly rounded ones.
    unit
        The unit in the last place of each result; at least eps times the size of the terms where
        the operation adds terms.
    allowed
        The error that the rounding model allows, in these units.
    """

    arguments: tuple[Floats, ...]
    regimes: Mapping[str, slice]
    nearest: Floats
    rest: Floats
    unit: Floats
    allowed: Floats

    def errors(self, results: Floats, index: slice | Ints = slice(None)) -> Floats:
        """Return the errors of ``results``, of the arguments ``index``, in units of ``unit``.

        The error is infinite where the result is NaN, or wrongly infinite.
        """
        near, rest, gap = self.nearest[index], self.rest[index], self.unit[index]
        with np.errstate(all="ignore"):
            off = np.abs((results - near) - rest) / gap
        off = np.where(results == near, np.abs(rest) / gap, np.nan_to_num(off, nan=np.inf))
        return np.asarray(off, dtype=np.float64)


@cache
def expected(name: str, dtype: str) -> Expected:
    """Compute the arguments and exact results of an operation in `OPERATIONS`; cached."""
    operation, counts = OPERATIONS[name], _counts(OPERATIONS[name])
    given = arguments(name, dtype)
    ends = np.cumsum(list(counts.values())).tolist()
    regimes = {r: slice(end - n, end) for (r, n), end in zip(counts.items(), ends, strict=True)}
    with mpmath.workdps(DIGITS):
        return Expected(given, regimes, *_true(operation, given, dtype))


def arguments(name: str, dtype: str) -> tuple[Floats, ...]:
    """Draw the arguments of an operation in `OPERATIONS`, without the exact results."""
    operation, stream = OPERATIONS[name], np.random.PCG64(list(OPERATIONS).index(name))
    counts = _counts(operation)
    return tuple(
        np.concatenate([_drawn(operation, i, r, n, dtype, stream) for r, n in counts.items()])
        for i in range(len(operation.shapes))
    )


def _counts(operation: Operation) -> Mapping[str, int]:
    """How many results an operation has in each regime."""
    return COUNTS if operation.elementwise else {"ordinary": ROWS}


def _true(
    operation: Operation, arguments: tuple[Floats, ...], dtype: str
) -> tuple[Floats, Floats, Floats, Floats]:
    """Compute ``nearest``, ``rest``, ``unit`` and ``allowed`` of `Expected`."""
    exact = _evaluated(operation, operation.formula, arguments)
    near = nearest(exact, dtype)
    off = np.where(np.isfinite(near), near, 0)
    rest = np.where(np.isfinite(near), float64(exact - Digits().convert(off)), 0)
    gap, allowance, sized = unit(exact, dtype), operation.allowance, operation.size
    if sized is not None:
        size = float64(_evaluated(operation, lambda xp, *a: sized(*a), arguments))
        gap = np.maximum(gap, size * np.finfo(dtype).eps)
    allowed = np.full_like(near, accumulated(operation.roundings, allowance.ulps))
    if allowance.argument:
        scale = 1 + mpmath.mpf(allowance.argument * float(np.finfo(dtype).eps))
        moved = _evaluated(operation, lambda xp, a: operation.formula(xp, a * scale), arguments)
        allowed += float64(abs(moved - exact)) / gap
    return near, rest, gap, allowed


def _evaluated(
    operation: Operation, formula: Callable[..., Array], arguments: tuple[Floats, ...]
) -> Array:
    """Evaluate a formula in 50 digits: elementwise at once, on vectors and matrices in turn."""
    xp = Digits()
    if operation.elementwise:
        return formula(xp, *map(xp.convert, arguments))
    rows = zip(*arguments, strict=True)
    return xp.stack([formula(xp, *map(xp.convert, row)) for row in rows])


def _drawn(
    operation: Operation, position: int, regime: str, count: int, dtype: str, stream: Any
) -> Floats:
    """Draw an argument's numbers in one regime, (count, ...), the same on every machine."""
    shape = (count, *operation.shapes[position])
    size = math.prod(shape)
    if position and operation.exponent:
        return _even(*operation.exponent, size, stream).astype(dtype).astype(np.float64)
    signs = np.where(_even(-1, 1, size, stream) < 0, -1, 1) if operation.signed else 1
    draw = _even if regime == "ordinary" else _spread
    found = signs * draw(*_limits(operation, regime, dtype), size, stream)
    return found.astype(dtype).astype(np.float64).reshape(shape)


def _limits(operation: Operation, regime: str, dtype: str) -> tuple[float, float]:
    f = np.finfo(dtype)
    low, high = operation.under
    return {
        "ordinary": ORDINARY,
        "huge": (ORDINARY[1], operation.top(f)),
        "tiny": (operation.bottom(f), ORDINARY[0]),
        "subnormal": (low(f), high(f)),
    }[regime]


def _even(low: float, high: float, size: int, stream: Any) -> Floats:
    """Draw uniformly from [low, high), from raw bits so that every machine gets the same."""
    fraction: Floats = (stream.random_raw(size) >> 11) * 2.0**-53
    return low + fraction * (high - low)


def _spread(low: float, high: float, size: int, stream: Any) -> Floats:
    """Draw from [low, high) with a uniform binary exponent."""
    first, last = math.frexp(low)[1] - 1, math.frexp(high)[1]
    found = np.empty(0)
    while len(found) < size:
        exponents = np.floor(_even(first, last, size, stream)).astype(np.int64)
        drawn = np.ldexp(_even(1, 2, size, stream), exponents)
        found = np.append(found, drawn[(drawn >= low) & (drawn < high)])
    return found[:size]
