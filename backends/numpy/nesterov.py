"""Nesterov momentum in place."""

from typing import Any, NamedTuple

import numpy as np

from reference.spec import Array


class Slots(NamedTuple):
    v: Array
    a: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.empty_like(x))


def update(h: Any, x: Array, g: Array, s: Slots, t: int) -> tuple[Array, Slots]:
    v, a = s
    v *= h.momentum
    v += g
    np.multiply(v, h.momentum, out=a)
    a += g
    a *= h.lr
    x -= a
    return x, s
