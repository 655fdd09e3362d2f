"""Bisection of a bracket, with `where` in place of branches."""

from typing import Any, NamedTuple

import torch

from reference.objective import Objective
from reference.spec import Array


class Slots(NamedTuple):
    a: Array
    b: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(torch.full_like(x, h.a), torch.full_like(x, h.b))


def _by_slope(f: Objective, x: Array, s: Slots) -> Slots:
    rising = f.gradient(x) > 0
    return Slots(torch.where(rising, s.a, x), torch.where(rising, x, s.b))


def _by_values(f: Objective, x: Array, s: Slots) -> Slots:
    left, right = (s.a + x) / 2, (x + s.b) / 2
    at_left, at_x, at_right = f.value(left), f.value(x), f.value(right)
    in_left = at_left < at_x
    in_right = ~in_left & (at_right < at_x)
    a = torch.where(in_left, s.a, torch.where(in_right, x, left))
    return Slots(a, torch.where(in_left, x, torch.where(in_right, s.b, right)))


def step(c: Any, f: Objective, x: Array, s: Slots) -> tuple[Array, Slots]:
    s = (_by_slope if c.derivatives else _by_values)(f, x, s)
    return (s.a + s.b) / 2, s
