"""Adadelta in place."""

import torch
from torch import Tensor

from backends._adadelta import Coefficients, Slots
from backends._adadelta import coefficients as coefficients
from backends.torch._scaled import add_, addcmul_
from reference.optimizers.adadelta import Hyper


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    if c.old_average:
        dx = _root(c, s.dx2).div_(_root(c, s.g2)).mul_(g)
        addcmul_(s.g2.mul_(c.decay), g, g, c.rest)
    else:
        addcmul_(s.g2.mul_(c.decay), g, g, c.rest)
        dx = _root(c, s.dx2).div_(_root(c, s.g2)).mul_(g)
    addcmul_(s.dx2.mul_(c.decay), dx, dx, c.rest)
    return add_(x, dx, -c.lr), s


def _root(c: Coefficients, average: Tensor) -> Tensor:
    return average.add(c.eps).sqrt_() if c.eps_inside_sqrt else average.sqrt().add_(c.eps)
