"""Lion in place."""

import torch
from torch import Tensor

from backends._lion import Coefficients
from backends._lion import coefficients as coefficients
from backends.torch._scaled import add_, average, average_
from reference.optimizers.lion import Hyper


def slots(h: Hyper, x: Tensor) -> Tensor:
    return torch.zeros_like(x)


def update(c: Coefficients, x: Tensor, g: Tensor, m: Tensor) -> tuple[Tensor, Tensor]:
    direction = average(m, g, c.beta1, c.rest1).sign_()
    return add_(x, direction, -c.lr), average_(m, g, c.beta2, c.rest2)
