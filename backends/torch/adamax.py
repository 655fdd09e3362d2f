"""AdaMax in place."""

import torch
from torch import Tensor

from backends._adamax import Coefficients, Slots
from backends._adamax import coefficients as coefficients
from backends.torch._scaled import addcdiv_, average_
from reference.optimizers.adamax import Hyper


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    average_(s.m, g, c.beta1, c.rest1)
    size = g.abs().add_(c.eps) if c.eps_in_maximum else g.abs()
    s.u.mul_(c.beta2).clamp_(min=size)
    scale = s.u if c.eps_in_maximum else s.u.add(c.eps)
    return addcdiv_(x, s.m, scale, -c.lr), s
