"""The floating-point number nearest to an exact one, and the unit in its last place."""

import math
from typing import Any

import numpy as np

from reference.spec import Array

LARGEST_EXPONENT = 1024  # of float64, which `math.ldexp` makes
Float64 = np.ndarray[Any, np.dtype[np.float64]]


def _format(dtype: str) -> tuple[int, int, float]:
    """How many bits ``dtype`` keeps, the exponent of its least number, and its largest number."""
    kept = np.finfo(dtype)
    return kept.nmant + 1, int(kept.minexp) - kept.nmant, float(kept.max)


def nearest(exact: Array, dtype: str) -> Float64:
    """Round each exact number once, to the nearest number of ``dtype``, ties to even.

    Parameters
    ----------
    exact
        Numbers of mpmath, in an object array of any shape.
    dtype
        "float32" or "float64".

    Returns
    -------
    A float64 array of that shape, every entry of which ``dtype`` holds exactly: subnormal numbers
    keep what bits they have, what is too large becomes an infinity, NaN stays NaN.
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

    with np.errstate(invalid="ignore"):  # what NaN sets
        return np.asarray(np.frompyfunc(rounded, 1, 1)(exact), dtype=np.float64)


def _half_even(whole: int, drop: int) -> int:
    """``whole`` / 2**drop to the nearest integer, of two the even one."""
    kept = whole >> drop
    rest, half = whole - (kept << drop), 1 << (drop - 1)
    return kept + (rest > half or (rest == half and kept & 1))


def unit(exact: Array, dtype: str) -> Float64:
    """The unit in the last place of each exact number: the gap between its neighbours in ``dtype``.

    The arguments and the shape are those of `nearest`. At and below the smallest normal number it
    is the smallest subnormal one, of zero, an infinity and NaN too; beyond the largest number it is
    that number's.
    """
    bits, least, largest = _format(dtype)
    most = math.frexp(largest)[1] - bits

    def gap(x: Any) -> float:
        return math.ldexp(1.0, min(max(x.exp + x.bc - bits, least), most) if x.man else least)

    return np.asarray(np.frompyfunc(gap, 1, 1)(exact), dtype=np.float64)
