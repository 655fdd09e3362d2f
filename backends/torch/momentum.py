"""Momentum in place."""

from typing import Any

import torch

from backends.torch._scaled import add_
from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return torch.zeros_like(x)


def update(c: Any, x: Array, g: Array, v: Array) -> tuple[Array, Array]:
    if c.lr_inside:
        add_(v.mul_(c.momentum), g, c.lr)
        return x.sub_(v), v
    v.mul_(c.momentum).add_(g)
    return add_(x, v, -c.lr), v
