"""Arithmetic in 50 digits: an array namespace over numpy's object arrays of mpmath numbers."""

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

from reference.spec import Array

DIGITS = 50


def _elementwise(compute: Callable[..., Any], arguments: int = 1) -> Any:
    return staticmethod(np.frompyfunc(compute, arguments, 1))


def _logaddexp(a: Any, b: Any) -> Any:
    return max(a, b) + mpmath.log(1 + mpmath.exp(-abs(a - b)))


class Exact(np.ndarray[Any, np.dtype[np.object_]]):
    """An object array of mpmath numbers; as a subclass, its scalars stay arrays of no axes."""


class LinearAlgebra:
    """solve, inv and eigh of small object arrays."""

    def solve(self, matrix: Array, column: Array) -> Array:
        return np.array(list(mpmath.lu_solve(_matrix(matrix), _matrix(column)))).reshape(
            column.shape
        )

    def inv(self, matrix: Array) -> Array:
        return np.array(list(mpmath.inverse(_matrix(matrix)))).reshape(matrix.shape)

    def eigh(self, matrix: Array) -> tuple[Array, Array]:
        values, vectors = mpmath.eigsy(_matrix(matrix))
        return np.array(list(values)), np.array(list(vectors)).reshape(matrix.shape)


def _matrix(entries: Array) -> Any:
    return mpmath.matrix(entries.tolist())


class Digits:
    """numpy's functions, with the elementary ones computed by mpmath.

    Use it within ``mpmath.workdps(DIGITS)``.
    """

    linalg = LinearAlgebra()
    exp, log, sqrt = _elementwise(mpmath.exp), _elementwise(mpmath.log), _elementwise(mpmath.sqrt)
    sin, cos, tanh = _elementwise(mpmath.sin), _elementwise(mpmath.cos), _elementwise(mpmath.tanh)
    sinh, cosh = _elementwise(mpmath.sinh), _elementwise(mpmath.cosh)
    logaddexp = _elementwise(_logaddexp, 2)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def stack(self, arrays: Sequence[Array], axis: int = 0) -> Exact:
        return np.stack(arrays, axis).view(Exact)

    def convert(self, value: Any, dtype: str) -> Any:
        """Bring in a float or a float array exactly; leave anything else as it is."""
        if isinstance(value, float):
            return mpmath.mpf(value)
        if isinstance(value, np.ndarray):
            return np.frompyfunc(mpmath.mpf, 1, 1)(value).view(Exact)
        return value

    def blurred(self, y: Array, tolerance: float) -> Array:
        """Return ``y``: what is exact has no tolerance."""
        return y


def distance(a: Array, b: Array) -> np.ndarray[Any, np.dtype[np.float64]]:
    """|a - b| element by element as float64, the difference taken in 50 digits."""
    with mpmath.workdps(DIGITS), np.errstate(invalid="ignore"):
        difference = np.frompyfunc(lambda p, q: abs(float(mpmath.mpf(p) - mpmath.mpf(q))), 2, 1)
        return np.asarray(difference(a, b), dtype=np.float64)


def float64(exact: Array) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Round 50-digit numbers to float64."""
    return np.asarray(exact, dtype=np.float64)
