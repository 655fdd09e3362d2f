"""Adagrad."""

from typing import Any

import numpy as np

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return np.full_like(x, h.initial_accumulator)


def update(h: Any, x: Array, g: Array, total: Array, t: int) -> tuple[Array, Array]:
    total = total + g * g
    scale = np.sqrt(total + h.eps) if h.eps_inside_sqrt else np.sqrt(total) + h.eps
    return x - h.lr * (g / scale), total
