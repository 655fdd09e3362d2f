"""Bisection of a bracket, with `where` in place of branches."""

from typing import NamedTuple

import torch
from torch import Tensor

from reference.objective import Objective
from reference.optimizers.bisection import Hyper


class Slots(NamedTuple):
    a: Tensor
    b: Tensor


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(torch.full_like(x, h.a), torch.full_like(x, h.b))


def _by_slope(f: Objective, x: Tensor, s: Slots) -> Slots:
    rising = f.gradient(x) > 0
    return Slots(torch.where(rising, s.a, x), torch.where(rising, x, s.b))


def _by_values(f: Objective, x: Tensor, s: Slots) -> Slots:
    left, right = (s.a + x) / 2, (x + s.b) / 2
    at_left, at_x, at_right = f.value(left), f.value(x), f.value(right)
    in_left = at_left < at_x
    in_right = ~in_left & (at_right < at_x)
    a = torch.where(in_left, s.a, torch.where(in_right, x, left))
    return Slots(a, torch.where(in_left, x, torch.where(in_right, s.b, right)))


def step(c: Hyper, f: Objective, x: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    s = (_by_slope if c.derivatives else _by_values)(f, x, s)
    return (s.a + s.b) / 2, s
