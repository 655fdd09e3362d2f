"""Momentum."""

from typing import Any

import numpy as np

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return np.zeros_like(x)


def update(c: Any, x: Array, g: Array, v: Array) -> tuple[Array, Array]:
    if c.lr_inside:
        v = c.momentum * v + c.lr * g
        return x - v, v
    v = c.momentum * v + g
    return x - c.lr * v, v
