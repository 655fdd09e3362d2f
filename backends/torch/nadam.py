"""NAdam in place, with the bias corrections folded into its factors."""

import torch
from torch import Tensor

from backends._nadam import Coefficients, Slots
from backends._nadam import coefficients as coefficients
from backends.torch._scaled import add_, addcmul_, average_
from reference.optimizers.nadam import Hyper


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    average_(s.m, g, c.beta1, c.rest1)
    addcmul_(s.v.mul_(c.beta2), g, g, c.rest2)
    move = add_(g * c.g, s.m, c.m)
    return x.addcdiv_(move, s.v.sqrt().add_(c.eps), value=-1), s
