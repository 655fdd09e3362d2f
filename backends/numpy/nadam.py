"""NAdam, with the bias corrections folded into its factors."""

import numpy as np

from backends._nadam import Coefficients, Slots
from backends._nadam import coefficients as coefficients
from reference.optimizers.nadam import Hyper
from reference.spec import Array


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * s.m + c.rest1 * g
    v = c.beta2 * s.v + c.rest2 * (g * g)
    return x - (c.g * g + c.m * m) / (np.sqrt(v) + c.eps), Slots(m, v)
