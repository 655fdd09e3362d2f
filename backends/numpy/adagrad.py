"""Adagrad in place."""

from typing import Any, NamedTuple

import numpy as np

from reference.spec import Array


class Slots(NamedTuple):
    total: Array
    a: Array
    b: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(np.full_like(x, h.initial_accumulator), np.empty_like(x), np.empty_like(x))


def update(h: Any, x: Array, g: Array, s: Slots, t: int) -> tuple[Array, Slots]:
    total, a, b = s
    total += np.multiply(g, g, out=a)
    if h.eps_inside_sqrt:
        np.sqrt(np.add(total, h.eps, out=a), out=a)
    else:
        np.sqrt(total, out=a)
        a += h.eps
    np.multiply(g, h.lr, out=b)
    b /= a
    x -= b
    return x, s
