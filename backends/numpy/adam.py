"""Adam, with the bias corrections folded into lr and eps."""

import numpy as np

from backends._adam import AmsgradSlots, Coefficients, Slots
from backends._adam import coefficients as coefficients
from reference.optimizers.adam import Hyper
from reference.spec import Array


def slots(h: Hyper, x: Array) -> Slots | AmsgradSlots:
    zeros = np.zeros_like
    if h.amsgrad == "none":
        return Slots(zeros(x), zeros(x))
    return AmsgradSlots(zeros(x), zeros(x), zeros(x))


def update(
    c: Coefficients, x: Array, g: Array, s: Slots | AmsgradSlots
) -> tuple[Array, Slots | AmsgradSlots]:
    m = c.beta1 * s.m + c.rest1 * g
    v = c.beta2 * s.v + c.rest2 * (g * g)
    new: Slots | AmsgradSlots = Slots(m, v)
    if isinstance(s, AmsgradSlots):
        largest = np.maximum(s.largest, v if c.correction2 is None else c.correction2 * v)
        new, v = AmsgradSlots(m, v, largest), largest
    if c.ahead is not None:
        m = c.ahead * m + c.rest1 * g
    if c.root is not None:
        v = v + c.root
    return x - c.lr * (m / (np.sqrt(v) + c.eps)), new
