"""Adadelta."""

from typing import NamedTuple

import numpy as np

from reference.arrays import Ints
from reference.optimizers.adadelta import Hyper
from reference.spec import Array


class Slots(NamedTuple):
    g2: Array
    dx2: Array


class Coefficients(NamedTuple):
    lr: float
    decay: float
    rest: float  # 1 - decay
    eps: float


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    return Coefficients(h.lr, h.decay, 1 - h.decay, h.eps)


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    square = c.rest * (g * g)
    g2 = c.decay * s.g2 + square
    ratio = (s.dx2 + c.eps) / (g2 + c.eps)
    dx2 = c.decay * s.dx2 + ratio * square  # dx² is ratio g²
    return x - c.lr * (np.sqrt(ratio) * g), Slots(g2, dx2)
