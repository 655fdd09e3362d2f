"""Adagrad in place."""

import torch
from torch import Tensor

from backends.torch._scaled import addcdiv_
from reference.optimizers.adagrad import Hyper


def slots(h: Hyper, x: Tensor) -> Tensor:
    return torch.zeros_like(x) + h.initial_accumulator


def update(c: Hyper, x: Tensor, g: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
    total.addcmul_(g, g)
    scale = total.add(c.eps).sqrt_() if c.eps_inside_sqrt else total.sqrt().add_(c.eps)
    return addcdiv_(x, g, scale, -c.lr), total
