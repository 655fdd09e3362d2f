"""Adagrad in place."""

import torch
from torch import Tensor

from backends._adagrad import Coefficients, Moving, Plain, Slots
from backends._adagrad import coefficients as coefficients
from backends.torch._scaled import add_, addcdiv_, average_
from reference.optimizers.adagrad import Hyper


def slots(h: Hyper, x: Tensor) -> Slots:
    total = torch.zeros_like(x) + h.initial_accumulator
    return Plain(total) if h.momentum is None else Moving(total, torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    total = s.total.addcmul_(g, g)
    scale = total.add(c.eps).sqrt_() if c.eps_inside_sqrt else total.sqrt().add_(c.eps)
    if c.may_be_zero:
        scale = torch.maximum(scale, 1 - total.sign())
    if isinstance(s, Plain):
        return addcdiv_(x, g, scale, -c.lr), s
    assert c.momentum is not None
    assert c.rest is not None
    average = average_(s.average, g / scale, c.momentum, c.rest)
    return add_(x, average, -c.lr), s
