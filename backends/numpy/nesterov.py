"""Nesterov momentum."""

import numpy as np

from backends._nesterov import Coefficients
from backends._nesterov import coefficients as coefficients
from reference.optimizers.nesterov import Hyper
from reference.spec import Array


def slots(h: Hyper, x: Array) -> Array:
    return np.zeros_like(x)


def update(c: Coefficients, x: Array, g: Array, v: Array) -> tuple[Array, Array]:
    if c.lr_inside:
        g = c.lr * g
    v = c.momentum * v + (g if c.gain is None else c.gain * g)
    move = c.ahead * v + (g if c.own is None else c.own * g)
    return x - (move if c.lr_inside else c.lr * move), v
