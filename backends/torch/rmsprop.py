"""RMSProp in place."""

from typing import Any

import torch

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return torch.zeros_like(x)


def update(h: Any, x: Array, g: Array, g2: Array, t: Any) -> tuple[Array, Array]:
    g2.mul_(h.decay).addcmul_(g, g, value=1 - h.decay)
    scale = g2.add(h.eps).sqrt_() if h.eps_inside_sqrt else g2.sqrt().add_(h.eps)
    return x.addcdiv_(g, scale, value=-h.lr), g2
