"""50-digit arithmetic: an array namespace over numpy object arrays of mpmath numbers."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from reference.arrays import Floats
from reference.namespace import Guarded, Namespace, plain
from reference.spec import Array

DIGITS = 50


class Exact(Guarded):
    """An object array of mpmath numbers; a scalar is a 0-d array."""


def _elementwise(compute: Callable[..., Any], arguments: int = 1) -> Any:
    ufunc = np.frompyfunc(compute, arguments, 1)

    def function(self: "Digits", *operands: Array) -> Array:
        return self.wrap(ufunc(*map(plain, operands)))

    return function


def _plain(function: Callable[..., Any]) -> Any:
    """Wrap a numpy function of sums and products, which works on object arrays as it is."""

    def exact(self: "Digits", *arguments: Any, **options: Any) -> Array:
        return self.wrap(function(*map(plain, arguments), **options))

    return exact


def _logaddexp(a: Any, b: Any) -> Any:
    return max(a, b) + mpmath.log(1 + mpmath.exp(-abs(a - b)))


def _sign(a: Any) -> Any:
    return (a > 0) - (a < 0)


class ExactNamespace(Namespace):
    """A namespace over `Exact` arrays."""

    def wrap(self, result: Any) -> Array:
        return np.asarray(result).view(Exact)


class LinearAlgebra(ExactNamespace):
    """solve, inv and eigh of small object arrays."""

    title = "linalg of the 50-digit namespace"

    def solve(self, matrix: Array, column: Array) -> Array:
        solved = mpmath.lu_solve(_matrix(matrix), _matrix(column))
        return self.wrap(np.array(list(solved)).reshape(column.shape))

    def inv(self, matrix: Array) -> Array:
        return self.wrap(np.array(list(mpmath.inverse(_matrix(matrix)))).reshape(matrix.shape))

    def eigh(self, matrix: Array) -> tuple[Array, Array]:
        values, vectors = mpmath.eigsy(_matrix(matrix))
        rows = np.array(list(vectors)).reshape(matrix.shape)
        return self.wrap(np.array(list(values))), self.wrap(rows)


def _matrix(entries: Array) -> Any:
    return mpmath.matrix(entries.tolist())


class Digits(ExactNamespace):
    """The array functions that a problem may use, in 50 digits.

    Use it inside ``mpmath.workdps(DIGITS)``.
    """

    title = "the 50-digit namespace"
    linalg = LinearAlgebra()
    exp, log, sqrt = _elementwise(mpmath.exp), _elementwise(mpmath.log), _elementwise(mpmath.sqrt)
    sin, cos, tanh = _elementwise(mpmath.sin), _elementwise(mpmath.cos), _elementwise(mpmath.tanh)
    sinh, cosh = _elementwise(mpmath.sinh), _elementwise(mpmath.cosh)
    logaddexp = _elementwise(_logaddexp, 2)
    abs, absolute, sign = _elementwise(abs), _elementwise(abs), _elementwise(_sign)
    maximum, minimum = _elementwise(max, 2), _elementwise(min, 2)
    sum, mean = _plain(np.sum), _plain(np.mean)
    dot, matmul, einsum = _plain(np.dot), _plain(np.matmul), _plain(np.einsum)

    def isfinite(self, x: Array) -> Any:
        return np.frompyfunc(mpmath.isfinite, 1, 1)(plain(x)).astype(bool)

    def number(self, value: float) -> Any:
        """Convert a Python float exactly."""
        return mpmath.mpf(value)

    def convert(self, value: Any) -> Any:
        """Convert a float or float array exactly; return anything else unchanged."""
        if isinstance(value, float):
            return mpmath.mpf(value)
        if isinstance(value, np.ndarray):
            return self.wrap(np.frompyfunc(mpmath.mpf, 1, 1)(value))
        return value

    def spread(self, x: Array) -> Array:
        """Convert a float64 array exactly; other arithmetics make one for each of their runs."""
        return self.convert(x)

    def single(self, y: Array) -> Array:
        """Return ``y`` unchanged; other arithmetics round it to float32."""
        return y

    def blurred(self, y: Array, tolerance: float) -> Array:
        """Return ``y`` unchanged; other arithmetics add an error of up to ``tolerance``."""
        return y


def distance(a: Array, b: Array) -> Floats:
    """Return |a - b|, broadcast, as float64, computed without cancellation.

    ``a`` holds floats or mpmath numbers, ``b`` mpmath numbers.
    """
    if plain(a).dtype == object:
        with mpmath.workdps(DIGITS):
            return np.abs(float64(np.subtract(plain(a), plain(b))))
    high, low = split(b)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.abs((np.asarray(a, np.float64) - high) - low))


def split(exact: Array) -> tuple[Floats, Floats]:
    """Return two float64 arrays, high and low, whose sum is ``exact`` to about 32 digits."""
    numbers = np.asarray(exact)
    high = float64(numbers)
    with mpmath.workdps(DIGITS), np.errstate(invalid="ignore"):
        rest = float64(numbers - high)
    return high, np.where(np.isfinite(high), rest, 0)


def float64(exact: Array) -> Floats:
    """Round 50-digit numbers to float64."""
    return np.asarray(plain(exact), dtype=np.float64)
