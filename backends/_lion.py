"""Lion's coefficients, the same on every backend."""

from typing import NamedTuple

from reference.arrays import Ints
from reference.optimizers.lion import Hyper


class Coefficients(NamedTuple):
    lr: float
    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    rest2: float  # 1 - beta2


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    return Coefficients(h.lr, h.beta1, 1 - h.beta1, h.beta2, 1 - h.beta2)
