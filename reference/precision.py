"""The floating-point formats that a bound can be computed for, and rounding to them.

Runs are in `reference.DTYPES`. The formats of 16 bits are for tapes alone: what others wrote may be
held to a bound in them, and nothing here runs in them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from reference.arrays import Floats


@dataclass(frozen=True)
class Precision:
    """A binary format of IEEE 754's kind.

    Attributes
    ----------
    bits
        The significand's length, its hidden bit included.
    least
        The exponent of the smallest normal number.
    wide
        The dtype in which libraries compute an operation before they round it to this format, and
        in which a correct program has its coefficients: for 16 bits "float32".
    flushed
        Whether a library may flush subnormal numbers to zero. Those of float16 are normal numbers
        in the format that computes them, so none does.
    """

    bits: int
    least: int
    wide: str
    flushed: bool = True

    @cached_property
    def eps(self) -> float:
        """The distance from 1 to the next number."""
        return 2.0 ** (1 - self.bits)

    @cached_property
    def tiny(self) -> float:
        """The smallest normal number."""
        return 2.0**self.least

    @cached_property
    def smallest(self) -> float:
        """The smallest subnormal number."""
        return float(np.ldexp(1.0, self.least + 1 - self.bits))

    @cached_property
    def largest(self) -> float:
        """The largest finite number."""
        return (2 - self.eps) * 2.0 ** (1 - self.least)

    @cached_property
    def lost(self) -> float:
        """The largest error of a subnormal result: rounded, or flushed to zero."""
        return self.tiny if self.flushed else self.smallest / 2

    @cached_property
    def overflow(self) -> float:
        """The smallest number that rounds to infinity; infinite in float64."""
        return (2 - self.eps / 2) * 2.0 ** (1 - self.least)

    def nearest(self, x: ArrayLike) -> Floats:
        """Round float64 numbers to this format, ties to even; what overflows is infinite.

        Returns a float64 array of the shape of ``x``.
        """
        exact = np.asarray(x, dtype=np.float64)
        if self.bits == np.finfo(np.float64).nmant + 1:
            return exact
        gap = self._gap(exact)
        with np.errstate(invalid="ignore", over="ignore"):
            rounded = np.asarray(np.rint(exact / gap) * gap)
            return np.where(np.abs(rounded) > self.largest, np.copysign(np.inf, exact), rounded)

    def spacing(self, x: ArrayLike) -> Floats:
        """Return the unit in the last place of float64 numbers, rounded to this format.

        It is the smallest subnormal for zero and subnormal numbers, and NaN where they overflow.
        """
        rounded = self.nearest(x)
        return np.where(np.isfinite(rounded), self._gap(rounded), np.nan)

    def _gap(self, exact: Floats) -> Floats:
        ordinary = np.isfinite(exact) & (exact != 0)
        exponent = np.where(ordinary, np.frexp(exact)[1] - 1, self.least)
        return np.asarray(np.ldexp(1.0, np.maximum(exponent, self.least) + 1 - self.bits))


PRECISIONS: Mapping[str, Precision] = MappingProxyType(
    {
        "bfloat16": Precision(8, -126, "float32"),
        "float16": Precision(11, -14, "float32", flushed=False),
        "float32": Precision(24, -126, "float32"),
        "float64": Precision(53, -1022, "float64"),
    }
)
