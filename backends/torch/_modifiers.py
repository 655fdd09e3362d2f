"""The gradient modified, and the parameters shrunk in place; see `backends.modifiers`."""

from typing import Any

import torch
from torch import Tensor

from backends.modifiers import On
from backends.torch._scaled import add


def gradient(on: On, c: Any, x: Tensor, g: Tensor) -> Tensor:
    if on.negated:
        g = g.neg()
    if on.by_norm:
        norm = c.norm if c.norm_eps is None else c.norm + c.norm_eps
        g = g * (c.norm_limit / norm.clamp(min=c.norm_limit))
    if on.clipped:
        g = g.clamp(c.low, c.high)
    if on.l2:
        g = add(g, x, c.l2)
    return g


def norm(g: Tensor) -> Tensor:
    found: Tensor = torch.linalg.vector_norm(g, dim=-1, keepdim=g.dim() > 1)
    return found


def shrunk(c: Any, x: Tensor) -> Tensor:
    return x.mul_(c.keep)
