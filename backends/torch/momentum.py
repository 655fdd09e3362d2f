"""Momentum in place."""

from typing import Any

import torch

from backends.torch._scaled import add_
from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return torch.zeros_like(x)


def update(h: Any, x: Array, g: Array, v: Array, t: Any) -> tuple[Array, Array]:
    if h.lr_inside:
        add_(v.mul_(h.momentum), g, h.lr)
        return x.sub_(v), v
    v.mul_(h.momentum).add_(g)
    return add_(x, v, -h.lr), v
