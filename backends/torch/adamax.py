"""AdaMax in place."""

from typing import NamedTuple

import torch
from torch import Tensor

from backends.coefficients import one_minus_power
from backends.torch._scaled import addcdiv_, average_
from reference.arrays import Ints
from reference.optimizers.adamax import Hyper


class Slots(NamedTuple):
    m: Tensor
    u: Tensor


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


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    average_(s.m, g, c.beta1, c.rest1)
    size = g.abs().add_(c.eps) if c.eps_in_maximum else g.abs()
    s.u.mul_(c.beta2).clamp_(min=size)
    scale = s.u if c.eps_in_maximum else s.u.add(c.eps)
    return addcdiv_(x, s.m, scale, -c.lr), s
