"""Claim: 50-digit numbers are rounded once, to the nearest number of a dtype, ties to even."""

import math

import mpmath
import numpy as np
import pytest

from reference import DTYPES
from reference.digits import DIGITS
from reference.nearest import nearest, unit


@pytest.fixture(autouse=True)
def exactly():
    """Compute with 50 digits in every test."""
    with mpmath.workdps(DIGITS):
        yield


def _rounded(dtype, *numbers):
    return nearest(np.array([mpmath.mpf(n) for n in numbers], dtype=object), dtype).tolist()


def _numbers(dtype):
    """Numbers from the smallest subnormal to the second largest, each with its successor."""
    f, zero = np.finfo(dtype), np.zeros((), dtype)[()]
    below = [np.nextafter(n, zero) for n in (f.tiny, f.max)]
    start = [f.smallest_subnormal, 3 * f.smallest_subnormal, f.tiny, f.dtype.type(1), *below]
    return [(low, np.nextafter(low, f.max)) for low in start]


def _gap(f):
    """The distance between the two largest numbers."""
    return float(f.max) - float(np.nextafter(f.max, f.dtype.type(0)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_the_precision_has_stays(dtype):
    """Numbers of the dtype stay the same, with both signs; so do zero, infinities and NaN."""
    kept = [float(n) for pair in _numbers(dtype) for n in pair]
    for numbers in (kept, [-n for n in kept], [0.0, math.inf, -math.inf]):
        assert _rounded(dtype, *numbers) == numbers
    assert math.isnan(_rounded(dtype, "nan")[0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_half_goes_to_the_even_number(dtype):
    """Ties go to the even number, and the slightest difference from a tie to the nearer one."""
    for low, high in _numbers(dtype):
        half = (mpmath.mpf(float(low)) + mpmath.mpf(float(high))) / 2
        odd = int(low.view(f"u{low.itemsize}")) % 2
        even = float(high if odd else low)
        assert _rounded(dtype, half, -half) == [even, -even]
        little = half * mpmath.mpf(10) ** (5 - DIGITS)
        assert _rounded(dtype, half - little, half + little) == [low, high]


@pytest.mark.parametrize("dtype", DTYPES)
def test_too_large_is_infinite_and_too_small_is_zero(dtype):
    """Overflow begins half a unit above the largest number; half of the smallest becomes zero."""
    f = np.finfo(dtype)
    least, gap = mpmath.mpf(float(f.smallest_subnormal)), _gap(f)
    limit = mpmath.mpf(float(f.max)) + gap / 2
    almost = 1 - mpmath.mpf(10) ** (5 - DIGITS)
    assert _rounded(dtype, limit * almost, limit, -limit, limit**9) == [
        float(f.max),
        *(math.inf, -math.inf, math.inf),
    ]
    assert _rounded(dtype, least / 2, -least / 2, least**9) == [0.0, 0.0, 0.0]
    assert _rounded(dtype, least / 2 / almost) == [float(f.smallest_subnormal)]


def test_float32_is_what_numpy_rounds_a_float64_to():
    """Rounding float64 numbers of every size to float32 agrees with numpy."""
    drawn = np.random.Generator(np.random.PCG64(0))
    numbers = drawn.uniform(-2, 2, 4000) * 2.0 ** drawn.integers(-155, 130, 4000)
    with np.errstate(over="ignore"):
        expected = numbers.astype(np.float32).astype(np.float64)
    assert _rounded("float32", *numbers) == expected.tolist()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_unit_is_the_gap_above(dtype):
    """A unit in the last place is the distance to the next larger number, also at the extremes."""
    f = np.finfo(dtype)
    pairs = _numbers(dtype)
    exact = [mpmath.mpf(float(low)) for low, _ in pairs]
    gaps = [float(high) - float(low) for low, high in pairs]
    assert unit(np.array(exact, dtype=object), dtype).tolist() == gaps
    ends = np.array([mpmath.mpf(0), mpmath.mpf(float(f.max)) ** 2], dtype=object)
    assert unit(ends, dtype).tolist() == [float(f.smallest_subnormal), _gap(f)]
