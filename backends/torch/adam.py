"""Adam in place, with the bias corrections folded into lr and eps."""

from typing import NamedTuple

import torch
from torch import Tensor

from backends.coefficients import one_minus_power
from backends.torch._scaled import addcdiv_, addcmul_
from reference.arrays import Ints
from reference.optimizers.adam import Hyper


class Slots(NamedTuple):
    m: Tensor
    v: Tensor


class Coefficients(NamedTuple):
    """Coefficients of step t, as at the end of section 2 of Kingma & Ba 2015, with eps scaled."""

    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    rest2: float  # 1 - beta2
    lr: float  # lr sqrt(1 - beta2^t) / (1 - beta1^t)
    eps: float  # eps sqrt(1 - beta2^t)


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    root = one_minus_power(h.beta2, t) ** 0.5
    lr = h.lr * root / one_minus_power(h.beta1, t)
    return Coefficients(h.beta1, 1 - h.beta1, h.beta2, 1 - h.beta2, lr, h.eps * root)


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    s.m.lerp_(g, c.rest1)
    addcmul_(s.v.mul_(c.beta2), g, g, c.rest2)
    return addcdiv_(x, s.m, s.v.sqrt().add_(c.eps), -c.lr), s
