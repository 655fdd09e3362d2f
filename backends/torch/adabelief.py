"""AdaBelief in place, with the bias corrections folded into lr and eps."""

from typing import NamedTuple

import torch
from torch import Tensor

from backends.coefficients import one_minus_power
from backends.torch._scaled import addcdiv_, addcmul_, average_
from reference.arrays import Ints
from reference.optimizers.adabelief import Hyper


class Slots(NamedTuple):
    m: Tensor
    s: Tensor


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


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, state: Slots) -> tuple[Tensor, Slots]:
    off = g - average_(state.m, g, c.beta1, c.rest1)
    addcmul_(state.s.mul_(c.beta2), off, off, c.rest2).add_(c.eps_root)
    return addcdiv_(x, state.m, state.s.sqrt().add_(c.eps), -c.lr), state
