"""Adam in place."""

from typing import Any, NamedTuple

import numpy as np

from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def factors(h: Any, t: Any) -> tuple[Any, Any]:
    """What corrects the bias of the two means after ``t`` steps."""
    return 1 - h.beta1**t, 1 - h.beta2**t


def update(
    h: Any, x: Array, g: Array, s: Slots, biases: tuple[float, float]
) -> tuple[Array, Slots]:
    (m, v), (bias1, bias2) = s, biases
    m *= h.beta1
    m += g * (1 - h.beta1)
    v *= h.beta2
    scale = g * g
    scale *= 1 - h.beta2
    v += scale
    np.divide(v, bias2, out=scale)
    np.sqrt(scale, out=scale)
    scale += h.eps
    dx = m / bias1
    dx *= h.lr
    dx /= scale
    x -= dx
    return x, s
