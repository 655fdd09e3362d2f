"""Yogi in place, with the bias corrections folded into lr and eps."""

import torch
from torch import Tensor

from backends._yogi import Coefficients, Slots
from backends._yogi import coefficients as coefficients
from backends.torch._scaled import addcdiv_, addcmul_, average_
from reference.optimizers.yogi import Hyper


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(
        torch.zeros_like(x) + h.initial_average, torch.zeros_like(x) + h.initial_accumulator
    )


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    average_(s.m, g, c.beta1, c.rest1)
    square = g * g
    addcmul_(s.v, torch.sub(s.v, square).sign_(), square, -c.rest2)
    return addcdiv_(x, s.m, s.v.sqrt().add_(c.eps), -c.lr), s
