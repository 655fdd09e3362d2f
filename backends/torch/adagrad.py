"""Adagrad in place."""

from typing import Any

import torch

from backends.torch._scaled import addcdiv_
from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return torch.zeros_like(x) + h.initial_accumulator


def update(c: Any, x: Array, g: Array, total: Array) -> tuple[Array, Array]:
    total.addcmul_(g, g)
    scale = total.add(c.eps).sqrt_() if c.eps_inside_sqrt else total.sqrt().add_(c.eps)
    return addcdiv_(x, g, scale, -c.lr), total
