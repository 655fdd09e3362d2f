"""AdaMax."""

from typing import NamedTuple

import numpy as np

from backends.coefficients import one_minus_power
from reference.arrays import Ints
from reference.optimizers.adamax import Hyper
from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    u: Array


class Coefficients(NamedTuple):
    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    eps: float
    eps_in_maximum: bool
    lr: float  # lr / (1 - beta1^t)


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    lr = h.lr / one_minus_power(h.beta1, t)
    return Coefficients(h.beta1, 1 - h.beta1, h.beta2, h.eps, h.eps_in_maximum, lr)


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * s.m + c.rest1 * g
    if c.eps_in_maximum:
        u = np.maximum(c.beta2 * s.u, np.absolute(g) + c.eps)
        return x - c.lr * (m / u), Slots(m, u)
    u = np.maximum(c.beta2 * s.u, np.absolute(g))
    return x - c.lr * (m / (u + c.eps)), Slots(m, u)
