"""Adagrad's state and the coefficients of its steps, the same on every backend."""

from typing import Any, NamedTuple, TypeAlias

from backends.coefficients import unless
from reference.arrays import Ints
from reference.spec import Array


class Plain(NamedTuple):
    total: Array


class Moving(NamedTuple):
    total: Array
    average: Array


Slots: TypeAlias = Plain | Moving


class Coefficients(NamedTuple):
    """None stands for what is not used."""

    lr: float
    eps: float
    eps_inside_sqrt: bool
    may_be_zero: bool  # the denominator, for eps is 0, or some value of a sweep may be
    momentum: float | None
    rest: float | None  # 1 - momentum


def coefficients(h: Any, t: int | Ints) -> Coefficients:
    rest = None if h.momentum is None else 1 - h.momentum
    may_be_zero = not isinstance(h.eps, float) or unless(0, h.eps) is None
    return Coefficients(h.lr, h.eps, h.eps_inside_sqrt, may_be_zero, h.momentum, rest)
