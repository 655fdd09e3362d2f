"""Adadelta in place."""

from typing import Any, NamedTuple

import numpy as np

from reference.spec import Array


class Slots(NamedTuple):
    g2: Array
    dx2: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(h: Any, x: Array, g: Array, s: Slots, t: int) -> tuple[Array, Slots]:
    g2, dx2 = s
    scale = g * g
    _average(g2, scale, h.decay)
    np.add(g2, h.eps, out=scale)
    np.sqrt(scale, out=scale)
    dx = dx2 + h.eps
    np.sqrt(dx, out=dx)
    dx /= scale
    dx *= g
    np.multiply(dx, dx, out=scale)
    _average(dx2, scale, h.decay)
    dx *= h.lr
    x -= dx
    return x, s


def _average(mean: Array, square: Array, decay: float) -> None:
    """Move ``mean`` towards ``square``, which is used up."""
    mean *= decay
    square *= 1 - decay
    mean += square
