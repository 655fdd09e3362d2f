"""The coefficients of Nesterov momentum, the same on every backend."""

from typing import Any, NamedTuple

from backends import _velocity
from reference.arrays import Ints


class Coefficients(NamedTuple):
    lr: float
    momentum: float
    lr_inside: bool
    gain: float | None  # of the gradient in the velocity
    own: float | None  # of the gradient in the step, if it is not 1
    ahead: float  # of the velocity in the step


def coefficients(h: Any, t: int | Ints) -> Coefficients:
    own, ahead = (1 + h.momentum, h.momentum**2) if h.twice else (None, h.momentum)
    return Coefficients(*_velocity.coefficients(h, t), own, ahead)
