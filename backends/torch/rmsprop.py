"""RMSProp in place."""

from typing import NamedTuple

import torch
from torch import Tensor

from backends.torch._scaled import addcdiv_, addcmul_
from reference.arrays import Ints
from reference.optimizers.rmsprop import Hyper


class Coefficients(NamedTuple):
    lr: float
    decay: float
    rest: float  # 1 - decay
    eps: float
    eps_inside_sqrt: bool


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    return Coefficients(h.lr, h.decay, 1 - h.decay, h.eps, h.eps_inside_sqrt)


def slots(h: Hyper, x: Tensor) -> Tensor:
    return torch.zeros_like(x)


def update(c: Coefficients, x: Tensor, g: Tensor, g2: Tensor) -> tuple[Tensor, Tensor]:
    addcmul_(g2.mul_(c.decay), g, g, c.rest)
    scale = g2.add(c.eps).sqrt_() if c.eps_inside_sqrt else g2.sqrt().add_(c.eps)
    return addcdiv_(x, g, scale, -c.lr), g2
