"""Adam in place."""

from typing import Any, NamedTuple

import numpy as np

from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array
    a: Array
    b: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x), np.empty_like(x), np.empty_like(x))


def update(h: Any, x: Array, g: Array, s: Slots, t: int) -> tuple[Array, Slots]:
    m, v, a, b = s
    m *= h.beta1
    m += np.multiply(g, 1 - h.beta1, out=a)
    v *= h.beta2
    np.multiply(g, g, out=a)
    a *= 1 - h.beta2
    v += a
    np.sqrt(np.divide(v, 1 - h.beta2**t, out=a), out=a)
    a += h.eps
    np.divide(m, 1 - h.beta1**t, out=b)
    b *= h.lr
    b /= a
    x -= b
    return x, s
