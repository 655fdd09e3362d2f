"""Gradient descent with exact line search, by bisection without synchronising the device."""

import torch
from torch import Tensor

from reference.objective import Objective
from reference.optimizers.line_search import Hyper


def step(c: Hyper, f: Objective, x: Tensor, s: tuple[()]) -> tuple[Tensor, tuple[()]]:
    g = f.gradient(x)
    low = torch.zeros_like(x[..., :1])
    high = low + c.max_lr
    for _ in range(c.halvings):
        lr = (low + high) / 2
        beyond = torch.linalg.vecdot(f.gradient(x - lr * g), g)[..., None] < 0
        low, high = torch.where(beyond, low, lr), torch.where(beyond, lr, high)
    return x.sub_((low + high) / 2 * g), s
