"""Adadelta in place."""

from typing import Any, NamedTuple

import numpy as np

from reference.spec import Array


class Slots(NamedTuple):
    g2: Array
    dx2: Array
    a: Array
    b: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x), np.empty_like(x), np.empty_like(x))


def _average(mean: Array, value: Array, decay: float, a: Array) -> None:
    """Move ``mean`` towards the square of ``value``, using ``a`` as scratch."""
    mean *= decay
    np.multiply(value, value, out=a)
    a *= 1 - decay
    mean += a


def update(h: Any, x: Array, g: Array, s: Slots, t: int) -> tuple[Array, Slots]:
    g2, dx2, a, b = s
    _average(g2, g, h.decay, a)
    np.sqrt(np.add(dx2, h.eps, out=b), out=b)
    np.sqrt(np.add(g2, h.eps, out=a), out=a)
    b /= a
    b *= g
    _average(dx2, b, h.decay, a)
    b *= h.lr
    x -= b
    return x, s
