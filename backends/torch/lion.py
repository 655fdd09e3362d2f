"""Lion in place."""

from typing import NamedTuple

import torch
from torch import Tensor

from backends.torch._scaled import add_, average, average_
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


def slots(h: Hyper, x: Tensor) -> Tensor:
    return torch.zeros_like(x)


def update(c: Coefficients, x: Tensor, g: Tensor, m: Tensor) -> tuple[Tensor, Tensor]:
    direction = average(m, g, c.beta1, c.rest1).sign_()
    return add_(x, direction, -c.lr), average_(m, g, c.beta2, c.rest2)
