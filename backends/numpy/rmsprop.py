"""RMSProp in place."""

from typing import Any, NamedTuple

import numpy as np

from reference.spec import Array


class Slots(NamedTuple):
    g2: Array
    a: Array
    b: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.empty_like(x), np.empty_like(x))


def update(h: Any, x: Array, g: Array, s: Slots, t: int) -> tuple[Array, Slots]:
    g2, a, b = s
    g2 *= h.decay
    np.multiply(g, g, out=a)
    a *= 1 - h.decay
    g2 += a
    if h.eps_inside_sqrt:
        np.sqrt(np.add(g2, h.eps, out=a), out=a)
    else:
        np.sqrt(g2, out=a)
        a += h.eps
    np.multiply(g, h.lr, out=b)
    b /= a
    x -= b
    return x, s
