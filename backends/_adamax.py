"""AdaMax's state and the coefficients of its steps, the same on every backend."""

from typing import NamedTuple

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
