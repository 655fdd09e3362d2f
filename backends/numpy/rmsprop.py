"""RMSProp in place."""

from typing import Any

import numpy as np

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return np.zeros_like(x)


def update(h: Any, x: Array, g: Array, g2: Array, t: int) -> tuple[Array, Array]:
    g2 *= h.decay
    dx = g * g
    dx *= 1 - h.decay
    g2 += dx
    if h.eps_inside_sqrt:
        np.add(g2, h.eps, out=dx)
        np.sqrt(dx, out=dx)
    else:
        np.sqrt(g2, out=dx)
        dx += h.eps
    np.divide(g, dx, out=dx)
    dx *= h.lr
    x -= dx
    return x, g2
