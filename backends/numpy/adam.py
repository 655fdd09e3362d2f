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
    """The step's learning rate, which corrects the bias of m, and the correction of v's."""
    return h.lr / (1 - h.beta1**t), 1 - h.beta2**t


def update(h: Any, x: Array, g: Array, s: Slots, factors: tuple[Any, Any]) -> tuple[Array, Slots]:
    (m, v), (lr, bias2) = s, factors
    dx = g * (1 - h.beta1)
    m *= h.beta1
    m += dx
    np.multiply(g, g, out=dx)
    dx *= 1 - h.beta2
    v *= h.beta2
    v += dx
    np.divide(v, bias2, out=dx)
    np.sqrt(dx, out=dx)
    dx += h.eps
    np.divide(m, dx, out=dx)
    dx *= lr
    x -= dx
    return x, s
