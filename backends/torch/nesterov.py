"""Nesterov momentum in place."""

import torch
from torch import Tensor

from backends._nesterov import Coefficients
from backends._nesterov import coefficients as coefficients
from backends.torch._scaled import add, add_
from reference.optimizers.nesterov import Hyper


def slots(h: Hyper, x: Tensor) -> Tensor:
    return torch.zeros_like(x)


def update(c: Coefficients, x: Tensor, g: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    if c.lr_inside:
        g = g * c.lr
    v.mul_(c.momentum)
    v = v.add_(g) if c.gain is None else add_(v, g, c.gain)
    move = add(g if c.own is None else g * c.own, v, c.ahead)
    return x.sub_(move) if c.lr_inside else add_(x, move, -c.lr), v
