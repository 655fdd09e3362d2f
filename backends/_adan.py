"""Adan's state and the coefficients of its steps, the same on every backend."""

from typing import Any, NamedTuple

from backends.coefficients import one_minus_power
from reference.arrays import Ints
from reference.optimizers.adan import Hyper
from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array
    n: Array
    g: Array


class Coefficients(NamedTuple):
    """Coefficients of step t, with sqrt(1 - beta3^t) taken out of the denominator."""

    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    rest2: float  # 1 - beta2, or 0 in the first step, which has no last gradient
    beta3: float
    rest3: float  # 1 - beta3
    ahead: float  # the weight w of the difference in the square, or 0 in the first step
    eps_root: float  # eps_root (1 - beta3^t)
    eps: float  # eps times that root
    lr: float  # lr / (1 - beta1^t) times that root
    lr_v: float  # lr w / (1 - beta2^t) times that root


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    w = h.beta2 if h.difference_weight == "beta2" else 1 - h.beta2
    square = one_minus_power(h.beta3, t)
    later: Any = (t > 1) * 1.0
    root = square**0.5
    lr = h.lr * root / one_minus_power(h.beta1, t)
    lr_v = h.lr * root * w / one_minus_power(h.beta2, t)
    averages = h.beta1, 1 - h.beta1, h.beta2, later * (1 - h.beta2), h.beta3, 1 - h.beta3
    return Coefficients(*averages, later * w, h.eps_root * square, h.eps * root, lr, lr_v)
