"""Adam in place."""

from typing import Any, NamedTuple

import numpy as np

from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(h: Any, x: Array, g: Array, s: Slots, t: int) -> tuple[Array, Slots]:
    m, v = s
    m *= h.beta1
    m += g * (1 - h.beta1)
    v *= h.beta2
    scale = g * g
    scale *= 1 - h.beta2
    v += scale
    np.divide(v, 1 - h.beta2**t, out=scale)
    np.sqrt(scale, out=scale)
    scale += h.eps
    dx = m / (1 - h.beta1**t)
    dx *= h.lr
    dx /= scale
    x -= dx
    return x, s
