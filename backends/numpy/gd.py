"""Gradient descent in place."""

from typing import Any

import numpy as np

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return np.empty_like(x)


def update(h: Any, x: Array, g: Array, a: Array, t: int) -> tuple[Array, Array]:
    np.multiply(g, h.lr, out=a)
    x -= a
    return x, a
