"""Adadelta in place."""

from typing import NamedTuple

import torch
from torch import Tensor

from backends.torch._scaled import add_, addcmul_
from reference.arrays import Ints
from reference.optimizers.adadelta import Hyper


class Slots(NamedTuple):
    g2: Tensor
    dx2: Tensor


class Coefficients(NamedTuple):
    lr: float
    decay: float
    rest: float  # 1 - decay
    eps: float


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    return Coefficients(h.lr, h.decay, 1 - h.decay, h.eps)


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    addcmul_(s.g2.mul_(c.decay), g, g, c.rest)
    dx = s.dx2.add(c.eps).sqrt_().div_(s.g2.add(c.eps).sqrt_()).mul_(g)
    addcmul_(s.dx2.mul_(c.decay), dx, dx, c.rest)
    return add_(x, dx, -c.lr), s
