"""Adadelta's state and coefficients, the same on every backend."""

from typing import Any, NamedTuple

from reference.arrays import Ints
from reference.spec import Array


class Slots(NamedTuple):
    g2: Array
    dx2: Array


class Coefficients(NamedTuple):
    lr: float
    decay: float
    rest: float  # 1 - decay
    eps: float
    eps_inside_sqrt: bool
    old_average: bool


def coefficients(h: Any, t: int | Ints) -> Coefficients:
    return Coefficients(h.lr, h.decay, 1 - h.decay, h.eps, h.eps_inside_sqrt, h.old_average)
