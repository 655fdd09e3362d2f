"""Gradient descent in place."""

from torch import Tensor

from backends.torch._scaled import add_
from reference.optimizers.gd import Hyper


def update(c: Hyper, x: Tensor, g: Tensor, s: tuple[()]) -> tuple[Tensor, tuple[()]]:
    return add_(x, g, -c.lr), s
