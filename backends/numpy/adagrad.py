"""Adagrad in place."""

from typing import Any

import numpy as np

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return np.full_like(x, h.initial_accumulator)


def update(h: Any, x: Array, g: Array, total: Array, t: int) -> tuple[Array, Array]:
    dx = g * g
    total += dx
    if h.eps_inside_sqrt:
        np.add(total, h.eps, out=dx)
        np.sqrt(dx, out=dx)
    else:
        np.sqrt(total, out=dx)
        dx += h.eps
    np.divide(g, dx, out=dx)
    dx *= h.lr
    x -= dx
    return x, total
