"""RMSProp's state and the coefficients of its steps, the same on every backend."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from backends.coefficients import one_minus_power
from reference.arrays import Ints
from reference.spec import Array


class Plain(NamedTuple):
    g2: Array


class Centered(NamedTuple):
    g2: Array
    mean: Array


class Moving(NamedTuple):
    g2: Array
    velocity: Array


class CenteredMoving(NamedTuple):
    g2: Array
    mean: Array
    velocity: Array


Slots: TypeAlias = Plain | Centered | Moving | CenteredMoving


class Coefficients(NamedTuple):
    """None stands for what is not used."""

    lr: float  # of the move; 1 with lr_inside
    lr_inside: float | None  # of the scaled gradient
    decay: float
    rest: float  # 1 - decay
    eps: float
    eps_inside_sqrt: bool
    eps_as_minimum: bool
    momentum: float | None
    nesterov: bool
    correction: float | None  # 1 / (1 - decay^t)


def coefficients(h: Any, t: int | Ints) -> Coefficients:
    lr, inside = (1.0, h.lr) if h.lr_inside else (h.lr, None)
    correction = 1 / one_minus_power(h.decay, t) if h.bias_correction else None
    eps = h.eps, h.eps_inside_sqrt, h.eps_as_minimum
    decays = h.decay, 1 - h.decay
    return Coefficients(lr, inside, *decays, *eps, h.momentum, h.nesterov, correction)


def empty(h: Any, zeros: Callable[[], Array], average: Array) -> Slots:
    """Return the first state: ``average``, and arrays of zeros for what the options need."""
    moves = h.momentum is not None
    if h.centered:
        return CenteredMoving(average, zeros(), zeros()) if moves else Centered(average, zeros())
    return Moving(average, zeros()) if moves else Plain(average)
