"""Bias corrections of moving averages: float64 numbers of the host, without cancellation.

Steps t and the hyperparameters are numbers or arrays that broadcast against each other, as in the
``coefficients`` that use these. Numbers alone give a float.
"""

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from reference.arrays import Floats

# x / (e^x - 1) = 1 - x / 2 + EVEN[0] x^2 + EVEN[1] x^4 + ...; up to x = 1 the rest is below 1e-17
EVEN = [float(mpmath.bernoulli(2 * k) / mpmath.factorial(2 * k)) for k in range(1, 12)]
VANISHED = 40.0  # 1 - e^-40 is 1 in float64


def one_minus_product(rest: Callable[[Any], Any], t: Any, most: Any) -> Any:
    """Return 1 minus the product of the factors 1 - rest(i) for i from 1 to t.

    ``rest`` takes an array of steps (I,) and returns (I,), or (K, I) where a hyperparameter is an
    array (K, 1). No factor is above ``most``, a number or array below 1: steps after which the
    product has vanished are not visited.
    """
    with np.errstate(divide="ignore"):
        enough = max(1.0, -VANISHED / float(np.log(np.max(most))))
        last = math.ceil(min(float(np.max(t)), enough))
        logs = np.cumsum(np.log1p(-rest(np.arange(1, last + 1))), axis=-1)
    found = -np.expm1(logs[..., np.atleast_1d(np.minimum(t, last)) - 1])
    return float(found[0]) if found.ndim == 1 and np.ndim(t) == 0 else found


def mean_age(base: Any, t: Any) -> Floats:
    """Return the mean of 0, 1, ..., t - 1, each k weighed by base**k, for a base in [0, 1).

    It is 1 / (e^a - 1) - t / (e^(t a) - 1) with a = -log(base), a difference of large numbers where
    t a is small: there, the series of both without their first terms.
    """
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        a = -np.log(base)
        direct = 1 / np.expm1(a) - t / np.expm1(t * a)
        series = (t - 1) / 2 + _tail(a) - t * _tail(t * a)
        found: Floats = np.where(t * a < 1, series, direct)
    return found


def _tail(x: Any) -> Any:
    """Return 1 / (e^x - 1) - 1 / x + 1 / 2 for x up to 1."""
    return sum(c * x ** (2 * k + 1) for k, c in enumerate(EVEN))


def rectification(beta2: Any, t: Any, threshold: Any) -> Any:
    """Return r of RAdam in step t; 0 while the length of the average is at most the threshold."""
    limit, length = (1 + beta2) / (1 - beta2), 1 + 2 * mean_age(beta2, t)
    with np.errstate(divide="ignore", invalid="ignore"):
        square = (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
        found = np.where(length > threshold, np.sqrt(square), 0.0)
    return found if found.ndim else float(found)
