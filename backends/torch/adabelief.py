"""AdaBelief in place, with the bias corrections folded into lr and eps."""

import torch
from torch import Tensor

from backends._adabelief import Coefficients, Slots
from backends._adabelief import coefficients as coefficients
from backends.torch._scaled import addcdiv_, addcmul_, average_
from reference.optimizers.adabelief import Hyper


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(c: Coefficients, x: Tensor, g: Tensor, state: Slots) -> tuple[Tensor, Slots]:
    off = g - average_(state.m, g, c.beta1, c.rest1)
    addcmul_(state.s.mul_(c.beta2), off, off, c.rest2).add_(c.eps_root)
    return addcdiv_(x, state.m, state.s.sqrt().add_(c.eps), -c.lr), state
