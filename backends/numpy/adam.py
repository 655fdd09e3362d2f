"""Adam, its two corrections of bias moved to the step's scale and to eps."""

from typing import Any, NamedTuple

import numpy as np

from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.zeros_like(x))


def factors(h: Any, t: Any) -> tuple[Any, Any]:
    """The learning rate and eps of step ``t``: section 2 of the paper, its last paragraph."""
    root = (1 - h.beta2**t) ** 0.5
    return h.lr * root / (1 - h.beta1**t), h.eps * root


def update(h: Any, x: Array, g: Array, s: Slots, factors: tuple[Any, Any]) -> tuple[Array, Slots]:
    lr, eps = factors
    m = h.beta1 * s.m + (1 - h.beta1) * g
    v = h.beta2 * s.v + (1 - h.beta2) * (g * g)
    return x - lr * (m / (np.sqrt(v) + eps)), Slots(m, v)
