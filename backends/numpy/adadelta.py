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
    spare = g * g
    _average(g2, spare, h.decay)
    np.add(g2, h.eps, out=spare)
    dx = dx2 + h.eps
    dx /= spare
    np.sqrt(dx, out=dx)
    dx *= g
    np.multiply(dx, dx, out=spare)
    _average(dx2, spare, h.decay)
    dx *= h.lr
    x -= dx
    return x, s


def _average(mean: Array, square: Array, decay: float) -> None:
    """Move ``mean`` towards ``square``, which is used up."""
    mean *= decay
    square *= 1 - decay
    mean += square
