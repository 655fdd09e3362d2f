"""RMSProp in place."""

from typing import Any, NamedTuple

import torch

from backends.torch._scaled import addcdiv_, addcmul_
from reference.spec import Array


class Coefficients(NamedTuple):
    lr: float
    decay: float
    rest: float  # 1 - decay
    eps: float
    eps_inside_sqrt: bool


def coefficients(h: Any, t: Any) -> Coefficients:
    return Coefficients(h.lr, h.decay, 1 - h.decay, h.eps, h.eps_inside_sqrt)


def slots(h: Any, x: Array) -> Array:
    return torch.zeros_like(x)


def update(c: Any, x: Array, g: Array, g2: Array) -> tuple[Array, Array]:
    addcmul_(g2.mul_(c.decay), g, g, c.rest)
    scale = g2.add(c.eps).sqrt_() if c.eps_inside_sqrt else g2.sqrt().add_(c.eps)
    return addcdiv_(x, g, scale, -c.lr), g2
