"""Adadelta."""

from typing import Any, NamedTuple

import numpy as np

from reference.spec import Array


class Slots(NamedTuple):
    g2: Array
    dx2: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(h: Any, x: Array, g: Array, s: Slots, t: int) -> tuple[Array, Slots]:
    g2 = h.decay * s.g2 + (1 - h.decay) * (g * g)
    dx = np.sqrt((s.dx2 + h.eps) / (g2 + h.eps)) * g
    dx2 = h.decay * s.dx2 + (1 - h.decay) * (dx * dx)
    return x - h.lr * dx, Slots(g2, dx2)
