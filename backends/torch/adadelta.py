"""Adadelta in place."""

from typing import Any, NamedTuple

import torch

from backends.torch._scaled import add_, addcmul_
from reference.spec import Array


class Slots(NamedTuple):
    g2: Array
    dx2: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(h: Any, x: Array, g: Array, s: Slots, t: Any) -> tuple[Array, Slots]:
    addcmul_(s.g2.mul_(h.decay), g, g, 1 - h.decay)
    dx = s.dx2.add(h.eps).sqrt_().div_(s.g2.add(h.eps).sqrt_()).mul_(g)
    addcmul_(s.dx2.mul_(h.decay), dx, dx, 1 - h.decay)
    return add_(x, dx, -h.lr), s
