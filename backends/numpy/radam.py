"""RAdam, without a branch: unscaled and scaled steps differ in two coefficients."""

import numpy as np

from backends._radam import Coefficients, Slots
from backends._radam import coefficients as coefficients
from reference.optimizers.radam import Hyper
from reference.spec import Array


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * s.m + c.rest1 * g
    v = c.beta2 * s.v + c.rest2 * (g * g)
    return x - (c.plain + c.scaled / (np.sqrt(v) + c.eps)) * m, Slots(m, v)
