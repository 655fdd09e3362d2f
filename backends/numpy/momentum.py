"""Momentum in place."""

from typing import Any

import numpy as np

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return np.zeros_like(x)


def update(h: Any, x: Array, g: Array, v: Array, t: int) -> tuple[Array, Array]:
    v *= h.momentum
    if h.lr_inside:
        v += g * h.lr
        x -= v
    else:
        v += g
        x -= v * h.lr
    return x, v
