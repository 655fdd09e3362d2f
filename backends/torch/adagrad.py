"""Adagrad in place."""

from typing import Any

import torch

from backends.torch._scaled import addcdiv_
from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return torch.zeros_like(x) + h.initial_accumulator


def update(h: Any, x: Array, g: Array, total: Array, t: Any) -> tuple[Array, Array]:
    total.addcmul_(g, g)
    scale = total.add(h.eps).sqrt_() if h.eps_inside_sqrt else total.sqrt().add_(h.eps)
    return addcdiv_(x, g, scale, -h.lr), total
