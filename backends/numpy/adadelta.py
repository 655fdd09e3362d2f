"""Adadelta."""

import numpy as np

from backends._adadelta import Coefficients, Slots
from backends._adadelta import coefficients as coefficients
from reference.optimizers.adadelta import Hyper
from reference.spec import Array


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    square = c.rest * (g * g)
    g2 = c.decay * s.g2 + square
    average = s.g2 if c.old_average else g2
    if c.eps_inside_sqrt:
        ratio = (s.dx2 + c.eps) / (average + c.eps)
        root = np.sqrt(ratio)
    else:
        root = (np.sqrt(s.dx2) + c.eps) / (np.sqrt(average) + c.eps)
        ratio = root * root
    dx2 = c.decay * s.dx2 + ratio * square  # dx² is ratio g²
    return x - c.lr * (root * g), Slots(g2, dx2)
