"""Lion."""

from typing import NamedTuple

import numpy as np

from reference.arrays import Ints
from reference.optimizers.lion import Hyper
from reference.spec import Array


class Coefficients(NamedTuple):
    lr: float
    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    rest2: float  # 1 - beta2


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    return Coefficients(h.lr, h.beta1, 1 - h.beta1, h.beta2, 1 - h.beta2)


def slots(h: Hyper, x: Array) -> Array:
    return np.zeros_like(x)


def update(c: Coefficients, x: Array, g: Array, m: Array) -> tuple[Array, Array]:
    direction = np.sign(c.beta1 * m + c.rest1 * g)
    return x - c.lr * direction, c.beta2 * m + c.rest2 * g
