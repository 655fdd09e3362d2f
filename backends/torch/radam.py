"""RAdam in place, without a branch: unscaled and scaled steps differ in two coefficients."""

from typing import NamedTuple

import torch
from torch import Tensor

from backends.coefficients import one_minus_power
from backends.corrections import rectification
from backends.torch._scaled import addcmul_, average_
from reference.arrays import Ints
from reference.optimizers.radam import Hyper


class Slots(NamedTuple):
    m: Tensor
    v: Tensor


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


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    average_(s.m, g, c.beta1, c.rest1)
    addcmul_(s.v.mul_(c.beta2), g, g, c.rest2)
    scale = s.v.sqrt().add_(c.eps).reciprocal_().mul_(c.scaled).add_(c.plain)
    return x.addcmul_(s.m, scale, value=-1), s
