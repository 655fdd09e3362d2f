"""Yogi, with the bias corrections folded into lr and eps."""

import numpy as np

from backends._yogi import Coefficients, Slots
from backends._yogi import coefficients as coefficients
from reference.optimizers.yogi import Hyper
from reference.spec import Array


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.full_like(x, h.initial_average), np.full_like(x, h.initial_accumulator))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * s.m + c.rest1 * g
    square = g * g
    v = s.v - c.rest2 * (np.sign(s.v - square) * square)
    return x - c.lr * (m / (np.sqrt(v) + c.eps)), Slots(m, v)
