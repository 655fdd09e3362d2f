"""AdaBelief, with the bias corrections folded into lr and eps."""

from typing import NamedTuple

import numpy as np

from backends.coefficients import one_minus_power
from reference.arrays import Ints
from reference.optimizers.adabelief import Hyper
from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    s: Array


class Coefficients(NamedTuple):
    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    rest2: float  # 1 - beta2
    eps_root: float
    lr: float  # lr sqrt(1 - beta2^t) / (1 - beta1^t)
    eps: float  # eps sqrt(1 - beta2^t)


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    root = one_minus_power(h.beta2, t) ** 0.5
    lr = h.lr * root / one_minus_power(h.beta1, t)
    return Coefficients(h.beta1, 1 - h.beta1, h.beta2, 1 - h.beta2, h.eps_root, lr, h.eps * root)


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, state: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * state.m + c.rest1 * g
    off = g - m
    s = c.beta2 * state.s + c.rest2 * (off * off) + c.eps_root
    return x - c.lr * (m / (np.sqrt(s) + c.eps)), Slots(m, s)
