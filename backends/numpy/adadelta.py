"""Adadelta."""

from typing import Any, NamedTuple

import numpy as np

from reference.spec import Array


class Slots(NamedTuple):
    g2: Array
    dx2: Array


class Coefficients(NamedTuple):
    lr: float
    decay: float
    rest: float  # 1 - decay
    eps: float


def coefficients(h: Any, t: Any) -> Coefficients:
    return Coefficients(h.lr, h.decay, 1 - h.decay, h.eps)


def slots(h: Any, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(c: Any, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    square = c.rest * (g * g)
    g2 = c.decay * s.g2 + square
    ratio = (s.dx2 + c.eps) / (g2 + c.eps)
    dx2 = c.decay * s.dx2 + ratio * square  # dx² is ratio g²
    return x - c.lr * (np.sqrt(ratio) * g), Slots(g2, dx2)
