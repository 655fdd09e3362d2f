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
    square = (1 - h.decay) * (g * g)
    g2 = h.decay * s.g2 + square
    ratio = (s.dx2 + h.eps) / (g2 + h.eps)
    dx2 = h.decay * s.dx2 + ratio * square  # dx² is ratio g²
    return x - h.lr * (np.sqrt(ratio) * g), Slots(g2, dx2)
