"""Rprop in place."""

from typing import NamedTuple

import torch
from torch import Tensor

from reference.optimizers.rprop import Hyper


class Slots(NamedTuple):
    g: Tensor
    size: Tensor


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x) + h.lr)


def update(c: Hyper, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    agrees = s.g.sign_().mul_(g.sign())
    size = torch.where(agrees > 0, s.size * c.eta_plus, s.size)
    torch.where(agrees < 0, s.size * c.eta_minus, size, out=s.size)
    s.size.clamp_(min=c.step_min).clamp_(max=c.step_max)
    torch.where(agrees < 0, torch.zeros_like(g), g, out=s.g)
    return x.addcmul_(s.size, s.g.sign(), value=-1), s
