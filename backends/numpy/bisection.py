"""Bisection of a bracket, with branches in Python."""

from typing import NamedTuple

import numpy as np

from reference.objective import Objective
from reference.optimizers.bisection import Hyper
from reference.spec import Array


class Slots(NamedTuple):
    a: Array
    b: Array


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.full_like(x, h.a), np.full_like(x, h.b))


def _by_slope(f: Objective, x: Array, s: Slots) -> Slots:
    return Slots(s.a, x) if f.gradient(x)[0] > 0 else Slots(x, s.b)


def _by_values(f: Objective, x: Array, s: Slots) -> Slots:
    left, right = (s.a + x) / 2, (x + s.b) / 2
    at_left, at_x, at_right = f.value(left), f.value(x), f.value(right)
    if at_left < at_x:
        return Slots(s.a, x)
    return Slots(x, s.b) if at_right < at_x else Slots(left, right)


def step(c: Hyper, f: Objective, x: Array, s: Slots) -> tuple[Array, Slots]:
    s = (_by_slope if c.derivatives else _by_values)(f, x, s)
    return (s.a + s.b) / 2, s
