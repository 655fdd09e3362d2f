"""Adagrad."""

from typing import Any

import numpy as np

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return np.full_like(x, h.initial_accumulator)


def update(c: Any, x: Array, g: Array, total: Array) -> tuple[Array, Array]:
    total = total + g * g
    scale = np.sqrt(total + c.eps) if c.eps_inside_sqrt else np.sqrt(total) + c.eps
    return x - c.lr * (g / scale), total
