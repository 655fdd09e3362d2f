"""Adagrad in place."""

from typing import Any

import numpy as np

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return np.full_like(x, h.initial_accumulator)


def update(h: Any, x: Array, g: Array, total: Array, t: int) -> tuple[Array, Array]:
    scale = g * g
    total += scale
    if h.eps_inside_sqrt:
        np.add(total, h.eps, out=scale)
        np.sqrt(scale, out=scale)
    else:
        np.sqrt(total, out=scale)
        scale += h.eps
    dx = g * h.lr
    dx /= scale
    x -= dx
    return x, total
