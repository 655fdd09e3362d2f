"""Adadelta in place."""

from typing import Any, NamedTuple

import torch

from backends.torch._scaled import add_, addcmul_
from reference.spec import Array


class Slots(NamedTuple):
    g2: Array
    dx2: Array


class Coefficients(NamedTuple):
    lr: float
    decay: float
    rest: float  # 1 - decay
    eps: float


def coefficients(h: Any, t: Any) -> Coefficients:
    return Coefficients(h.lr, h.decay, 1 - h.decay, h.eps)


def slots(h: Any, x: Array) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(c: Any, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    addcmul_(s.g2.mul_(c.decay), g, g, c.rest)
    dx = s.dx2.add(c.eps).sqrt_().div_(s.g2.add(c.eps).sqrt_()).mul_(g)
    addcmul_(s.dx2.mul_(c.decay), dx, dx, c.rest)
    return add_(x, dx, -c.lr), s
