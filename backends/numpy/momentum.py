"""Momentum."""

from typing import Any

import numpy as np

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return np.zeros_like(x)


def update(h: Any, x: Array, g: Array, v: Array, t: int) -> tuple[Array, Array]:
    if h.lr_inside:
        v = h.momentum * v + h.lr * g
        return x - v, v
    v = h.momentum * v + g
    return x - h.lr * v, v
