"""Gradient descent with exact line search, the bracket halved in Python."""

from typing import Any

from reference.objective import Objective
from reference.spec import Array


def step(h: Any, f: Objective, x: Array, s: tuple[()], t: int) -> tuple[Array, tuple[()]]:
    g = f.gradient(x)
    low, high = x.dtype.type(0), x.dtype.type(h.max_lr)
    for _ in range(h.halvings):
        lr = (low + high) / 2
        if f.gradient(x - lr * g) @ g < 0:
            high = lr
        else:
            low = lr
    x -= (low + high) / 2 * g
    return x, s
