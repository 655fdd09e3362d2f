"""Momentum in place."""

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
    if h.lr_inside:
        v += np.multiply(g, h.lr, out=a)
        x -= v
    else:
        v += g
        x -= np.multiply(v, h.lr, out=a)
    return x, s
