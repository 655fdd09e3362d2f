"""RAdam in place, without a branch: unscaled and scaled steps differ in two coefficients."""

import torch
from torch import Tensor

from backends._radam import Coefficients, Slots
from backends._radam import coefficients as coefficients
from backends.torch._scaled import addcmul_, average_
from reference.optimizers.radam import Hyper


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    average_(s.m, g, c.beta1, c.rest1)
    addcmul_(s.v.mul_(c.beta2), g, g, c.rest2)
    scale = s.v.sqrt().add_(c.eps).reciprocal_().mul_(c.scaled).add_(c.plain)
    return x.addcmul_(s.m, scale, value=-1), s
