"""Adan, with the bias corrections folded into its factors."""

import numpy as np

from backends._adan import Coefficients, Slots
from backends._adan import coefficients as coefficients
from reference.optimizers.adan import Hyper
from reference.spec import Array


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x), np.zeros_like(x), np.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    d = g - s.g
    v = c.beta2 * s.v + c.rest2 * d
    ahead = g + c.ahead * d
    n = c.beta3 * s.n + c.rest3 * (ahead * ahead)
    m = c.beta1 * s.m + c.rest1 * g
    scale = np.sqrt(n + c.eps_root) + c.eps
    return x - (c.lr * m + c.lr_v * v) / scale, Slots(m, v, n, g)
