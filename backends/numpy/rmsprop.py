"""RMSProp in place."""

from typing import Any

import numpy as np

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return np.zeros_like(x)


def update(h: Any, x: Array, g: Array, g2: Array, t: int) -> tuple[Array, Array]:
    g2 *= h.decay
    scale = g * g
    scale *= 1 - h.decay
    g2 += scale
    if h.eps_inside_sqrt:
        np.add(g2, h.eps, out=scale)
        np.sqrt(scale, out=scale)
    else:
        np.sqrt(g2, out=scale)
        scale += h.eps
    dx = g * h.lr
    dx /= scale
    x -= dx
    return x, g2
