"""Adagrad in place."""

from typing import Any

import torch

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return torch.full_like(x, h.initial_accumulator)


def update(h: Any, x: Array, g: Array, total: Array, t: Any) -> tuple[Array, Array]:
    total.addcmul_(g, g)
    scale = total.add(h.eps).sqrt_() if h.eps_inside_sqrt else total.sqrt().add_(h.eps)
    return x.addcdiv_(g, scale, value=-h.lr), total
