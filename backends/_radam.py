"""RAdam's state and the coefficients of its steps, the same on every backend."""

from typing import NamedTuple

from backends.coefficients import one_minus_power
from backends.corrections import rectification
from reference.arrays import Ints
from reference.optimizers.radam import Hyper
from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


class Coefficients(NamedTuple):
    """Coefficients of step t: x - (plain + scaled / (sqrt(v) + eps)) m."""

    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    rest2: float  # 1 - beta2
    plain: float  # lr / (1 - beta1^t), or 0 in a scaled step
    scaled: float  # r sqrt(1 - beta2^t) lr / (1 - beta1^t), or 0 in a plain one
    eps: float


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    r, root = rectification(h.beta2, t, h.threshold), one_minus_power(h.beta2, t) ** 0.5
    lr = h.lr / one_minus_power(h.beta1, t)
    eps = h.eps if h.eps_before_correction else h.eps * root
    plain, scaled = lr * (r == 0), lr * r * root
    return Coefficients(h.beta1, 1 - h.beta1, h.beta2, 1 - h.beta2, plain, scaled, eps)
