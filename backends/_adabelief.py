"""AdaBelief's state and the coefficients of its steps, the same on every backend."""

from typing import NamedTuple

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
