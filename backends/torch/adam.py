"""Adam in place, with the bias corrections folded into lr and eps."""

import torch
from torch import Tensor

from backends._adam import AmsgradSlots, Coefficients, Slots
from backends._adam import coefficients as coefficients
from backends.torch._scaled import add, addcdiv_, addcmul_, average_
from reference.optimizers.adam import Hyper


def slots(h: Hyper, x: Tensor) -> Slots | AmsgradSlots:
    zeros = torch.zeros_like
    if h.amsgrad == "none":
        return Slots(zeros(x), zeros(x))
    return AmsgradSlots(zeros(x), zeros(x), zeros(x))


def update(
    c: Coefficients, x: Tensor, g: Tensor, s: Slots | AmsgradSlots
) -> tuple[Tensor, Slots | AmsgradSlots]:
    m = average_(s.m, g, c.beta1, c.rest1)
    v = addcmul_(s.v.mul_(c.beta2), g, g, c.rest2)
    if isinstance(s, AmsgradSlots):
        v = v if c.correction2 is None else v * c.correction2
        v = torch.maximum(s.largest, v, out=s.largest)
    if c.ahead is not None:
        m = add(m * c.ahead, g, c.rest1)
    scale = v.sqrt() if c.root is None else v.add(c.root).sqrt_()
    return addcdiv_(x, m, scale.add_(c.eps), -c.lr), s
