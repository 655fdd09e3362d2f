"""NAdam's state and the coefficients of its steps, the same on every backend."""

from typing import Any, NamedTuple

from backends.coefficients import one_minus_power
from backends.corrections import one_minus_product
from reference.arrays import Ints
from reference.optimizers.nadam import Hyper
from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


class Coefficients(NamedTuple):
    """Coefficients of step t, with sqrt(1 - beta2^t) taken out of the denominator."""

    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    rest2: float  # 1 - beta2
    g: float  # of the gradient: lr (1 - mu_t) / (1 - P_t) times that root
    m: float  # of the average: lr mu_(t+1) / (1 - P_(t+1)) times that root
    eps: float  # eps times that root


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    def lack(i: Any) -> Any:  # 1 - mu_i
        return 1 - h.beta1 + h.beta1 * h.momentum_reduction * 0.96 ** (i * h.momentum_decay)

    root = one_minus_power(h.beta2, t) ** 0.5
    mu = h.beta1 * (1 - h.momentum_reduction * 0.96 ** ((t + 1) * h.momentum_decay))
    of_g = h.lr * root * lack(t) / one_minus_product(lack, t, h.beta1)
    of_m = h.lr * root * mu / one_minus_product(lack, t + 1, h.beta1)
    return Coefficients(h.beta1, 1 - h.beta1, h.beta2, 1 - h.beta2, of_g, of_m, h.eps * root)
