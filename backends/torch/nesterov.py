"""Nesterov momentum in place."""

import torch
from torch import Tensor

from backends.torch._scaled import add, add_
from reference.optimizers.nesterov import Hyper


def slots(h: Hyper, x: Tensor) -> Tensor:
    return torch.zeros_like(x)


def update(c: Hyper, x: Tensor, g: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    v.mul_(c.momentum).add_(g)
    return add_(x, add(g, v, c.momentum), -c.lr), v
