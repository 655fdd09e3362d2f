"""AdaMax."""

import numpy as np

from backends._adamax import Coefficients, Slots
from backends._adamax import coefficients as coefficients
from reference.optimizers.adamax import Hyper
from reference.spec import Array


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * s.m + c.rest1 * g
    if c.eps_in_maximum:
        u = np.maximum(c.beta2 * s.u, np.absolute(g) + c.eps)
        return x - c.lr * (m / u), Slots(m, u)
    u = np.maximum(c.beta2 * s.u, np.absolute(g))
    return x - c.lr * (m / (u + c.eps)), Slots(m, u)
