"""Functions for specifications that take a float, an array or a 50-digit number."""

from typing import Any

import mpmath
import numpy as np

from reference.spec import Array


def sqrt(x: Array) -> Array:
    """Return the elementwise square root."""
    return x**0.5


def cos_pi(x: Array) -> Array:
    """Return cos(pi x) of a number, an array, or an mpmath number in its arithmetic."""
    return mpmath.cospi(x) if isinstance(x, mpmath.mpf) else np.cos(np.pi * x)


def floor(x: Array) -> Array:
    """Return the largest whole number that is not above ``x``."""
    return mpmath.floor(x) if isinstance(x, mpmath.mpf) else np.floor(x)


def minimum(x: Array, y: Array) -> Array:
    """Return the smaller of two numbers; elementwise if one is an array."""
    return np.minimum(x, y) if isinstance(x, np.ndarray) else min(x, y)


def where(condition: Any, x: Array, y: Array) -> Array:
    """Return ``x`` where the condition holds, else ``y``; elementwise for an array."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, x, y)
    return x if condition else y
