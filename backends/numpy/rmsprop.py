"""RMSProp."""

from typing import Any

import numpy as np

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return np.zeros_like(x)


def update(h: Any, x: Array, g: Array, g2: Array, t: int) -> tuple[Array, Array]:
    g2 = h.decay * g2 + (1 - h.decay) * (g * g)
    scale = np.sqrt(g2 + h.eps) if h.eps_inside_sqrt else np.sqrt(g2) + h.eps
    return x - h.lr * (g / scale), g2
