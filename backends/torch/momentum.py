"""Momentum in place."""

import torch
from torch import Tensor

from backends._velocity import Coefficients
from backends._velocity import coefficients as coefficients
from backends.torch._scaled import add_
from reference.optimizers.momentum import Hyper


def slots(h: Hyper, x: Tensor) -> Tensor:
    return torch.zeros_like(x)


def update(c: Coefficients, x: Tensor, g: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    if c.gain is not None:
        g = g * c.gain
    if c.lr_inside:
        add_(v.mul_(c.momentum), g, c.lr)
        return x.sub_(v), v
    v.mul_(c.momentum).add_(g)
    return add_(x, v, -c.lr), v
