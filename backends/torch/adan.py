"""Adan in place, with the bias corrections folded into its factors."""

import torch
from torch import Tensor

from backends._adan import Coefficients, Slots
from backends._adan import coefficients as coefficients
from backends.torch._scaled import add, add_, addcmul_, average_
from reference.optimizers.adan import Hyper


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x), torch.zeros_like(x), torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    d = g - s.g
    add_(s.v.mul_(c.beta2), d, c.rest2)
    ahead = add(g, d, c.ahead)
    addcmul_(s.n.mul_(c.beta3), ahead, ahead, c.rest3)
    average_(s.m, g, c.beta1, c.rest1)
    s.g.copy_(g)
    move = add_(s.m * c.lr, s.v, c.lr_v)
    return x.addcdiv_(move, s.n.add(c.eps_root).sqrt_().add_(c.eps), value=-1), s
