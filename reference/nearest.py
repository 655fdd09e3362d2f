"""Correct rounding of exact numbers to a dtype, and the unit in the last place."""

import math
from typing import Any

import numpy as np

from reference.arrays import Floats
from reference.precision import PRECISIONS
from reference.spec import Array

LARGEST_EXPONENT = 1024  # float64 numbers are below 2**1024


def _format(dtype: str) -> tuple[int, int, float]:
    """Return the precision in bits, the exponent of the least subnormal, the largest number."""
    precision = PRECISIONS[dtype]
    return precision.bits, precision.least + 1 - precision.bits, precision.largest


def nearest(exact: Array, dtype: str) -> Floats:
    """Round each exact number once, to the nearest number of ``dtype``, ties to even.

    Parameters
    ----------
    exact
        Numbers of mpmath, in an object array of any shape.
    dtype
        One of `PRECISIONS`.

    Returns
    -------
    A float64 array of that shape, every entry representable in ``dtype``. Gradual underflow gives
    subnormal numbers, overflow gives infinities, and NaN stays NaN.
    """
    bits, least, largest = _format(dtype)

    def rounded(x: Any) -> float:
        if not x.man:  # zero, an infinity or NaN
            return float(x)
        magnitude, exponent = x.man, x.exp
        drop = max(x.bc - bits, least - exponent)
        if drop > 0:
            magnitude, exponent = _half_even(magnitude, drop), exponent + drop
        fits = magnitude.bit_length() + exponent <= LARGEST_EXPONENT
        value = math.ldexp(magnitude, exponent) if fits else math.inf
        value = value if value <= largest else math.inf
        return -value if x < 0 else value

    with np.errstate(invalid="ignore"):  # raised by NaN
        return np.asarray(np.frompyfunc(rounded, 1, 1)(exact), dtype=np.float64)


def _half_even(magnitude: int, drop: int) -> int:
    """Round ``magnitude`` / 2**drop to the nearest integer, ties to even."""
    kept = magnitude >> drop
    rest, half = magnitude - (kept << drop), 1 << (drop - 1)
    return kept + (rest > half or (rest == half and kept & 1))


def unit(exact: Array, dtype: str) -> Floats:
    """Return the unit in the last place of each exact number: the gap between its neighbours.

    Arguments and shape are those of `nearest`. It is the smallest subnormal for subnormal numbers,
    zero, infinities and NaN. Numbers beyond the largest one have that one's unit.
    """
    bits, least, largest = _format(dtype)
    most = math.frexp(largest)[1] - bits

    def gap(x: Any) -> float:
        return math.ldexp(1.0, min(max(x.exp + x.bc - bits, least), most) if x.man else least)

    return np.asarray(np.frompyfunc(gap, 1, 1)(exact), dtype=np.float64)
