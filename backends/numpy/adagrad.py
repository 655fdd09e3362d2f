"""Adagrad."""

import numpy as np

from reference.optimizers.adagrad import Hyper
from reference.spec import Array


def slots(h: Hyper, x: Array) -> Array:
    return np.full_like(x, h.initial_accumulator)


def update(c: Hyper, x: Array, g: Array, total: Array) -> tuple[Array, Array]:
    total = total + g * g
    scale = np.sqrt(total + c.eps) if c.eps_inside_sqrt else np.sqrt(total) + c.eps
    return x - c.lr * (g / scale), total
