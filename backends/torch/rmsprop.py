"""RMSProp in place."""

from typing import Any

import torch

from backends.torch._scaled import addcdiv_, addcmul_
from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return torch.zeros_like(x)


def update(h: Any, x: Array, g: Array, g2: Array, t: Any) -> tuple[Array, Array]:
    addcmul_(g2.mul_(h.decay), g, g, 1 - h.decay)
    scale = g2.add(h.eps).sqrt_() if h.eps_inside_sqrt else g2.sqrt().add_(h.eps)
    return addcdiv_(x, g, scale, -h.lr), g2
