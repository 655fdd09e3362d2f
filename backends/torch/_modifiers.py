"""The gradient modified, and the parameters shrunk in place; see `backends.modifiers`."""

from typing import Any

from torch import Tensor

from backends.modifiers import On
from backends.torch._scaled import add


def gradient(on: On, c: Any, x: Tensor, g: Tensor) -> Tensor:
    if on.negated:
        g = g.neg()
    if on.clipped:
        g = g.clamp(c.low, c.high)
    if on.l2:
        g = add(g, x, c.l2)
    return g


def shrunk(c: Any, x: Tensor) -> Tensor:
    return x.mul_(c.keep)
