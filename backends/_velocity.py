"""The coefficients of momentum, the same on every backend."""

from typing import Any, NamedTuple

import numpy as np

from backends.coefficients import unless
from reference.arrays import Ints


class Coefficients(NamedTuple):
    lr: float
    momentum: float
    lr_inside: bool
    gain: float | None  # of the gradient: 1 - dampening, and 1 in an undampened first step


def coefficients(h: Any, t: int | Ints) -> Coefficients:
    gain = None if unless(0, h.dampening) is None else 1 - h.dampening
    if gain is not None and not h.dampened_first:
        gain = np.where(t > 1, gain, 1.0) if isinstance(t, np.ndarray) else gain if t > 1 else 1.0
    return Coefficients(h.lr, h.momentum, h.lr_inside, gain)
