"""Adam, with the bias corrections folded into lr and eps."""

from typing import NamedTuple

import numpy as np

from backends.coefficients import one_minus_power
from reference.arrays import Ints
from reference.optimizers.adam import Hyper
from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


class Coefficients(NamedTuple):
    """Coefficients of step t, as at the end of section 2 of Kingma & Ba 2015, with eps scaled."""

    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    rest2: float  # 1 - beta2
    lr: float  # lr sqrt(1 - beta2^t) / (1 - beta1^t)
    eps: float  # eps sqrt(1 - beta2^t)


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    root = one_minus_power(h.beta2, t) ** 0.5
    lr = h.lr * root / one_minus_power(h.beta1, t)
    return Coefficients(h.beta1, 1 - h.beta1, h.beta2, 1 - h.beta2, lr, h.eps * root)


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * s.m + c.rest1 * g
    v = c.beta2 * s.v + c.rest2 * (g * g)
    return x - c.lr * (m / (np.sqrt(v) + c.eps)), Slots(m, v)
