"""Gradient descent with exact line search, by bisection in a Python loop."""

import numpy as np

from reference.objective import Objective
from reference.optimizers.line_search import Hyper
from reference.spec import Array


def step(c: Hyper, f: Objective, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    g = f.gradient(x)
    low = np.zeros_like(x[..., :1])
    high = low + c.max_lr
    for _ in range(c.halvings):
        lr = (low + high) / 2
        beyond = np.vecdot(f.gradient(x - lr * g), g)[..., None] < 0
        low, high = np.where(beyond, low, lr), np.where(beyond, lr, high)
    x -= (low + high) / 2 * g
    return x, s
