"""Yogi's state and the coefficients of its steps, the same on every backend."""

from typing import NamedTuple

from backends.coefficients import one_minus_power
from reference.arrays import Ints
from reference.optimizers.yogi import Hyper
from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


class Coefficients(NamedTuple):
    beta1: float
    rest1: float  # 1 - beta1
    rest2: float  # 1 - beta2
    lr: float  # lr sqrt(1 - beta2^t) / (1 - beta1^t), or lr
    eps: float  # eps sqrt(1 - beta2^t), or eps


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    lr, eps = h.lr, h.eps
    if h.bias_correction:
        root = one_minus_power(h.beta2, t) ** 0.5
        lr, eps = lr * root / one_minus_power(h.beta1, t), eps * root
    return Coefficients(h.beta1, 1 - h.beta1, 1 - h.beta2, lr, eps)
