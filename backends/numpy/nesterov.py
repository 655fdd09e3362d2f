"""Nesterov momentum."""

import numpy as np

from reference.optimizers.nesterov import Hyper
from reference.spec import Array


def slots(h: Hyper, x: Array) -> Array:
    return np.zeros_like(x)


def update(c: Hyper, x: Array, g: Array, v: Array) -> tuple[Array, Array]:
    v = c.momentum * v + g
    return x - c.lr * (c.momentum * v + g), v
