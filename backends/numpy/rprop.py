"""Rprop."""

from typing import NamedTuple

import numpy as np

from reference.optimizers.rprop import Hyper
from reference.spec import Array


class Slots(NamedTuple):
    g: Array
    size: Array


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(np.zeros_like(x), np.full_like(x, h.lr))


def update(c: Hyper, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    agrees = np.sign(g) * np.sign(s.g)  # 1, 0 or -1: the factor is eta_plus, 1 or eta_minus
    factor = np.maximum(c.eta_plus * agrees, -c.eta_minus * agrees)
    factor = np.maximum(factor, 1.0 - np.absolute(agrees))
    size = np.minimum(np.maximum(s.size * factor, c.step_min), c.step_max)
    g = np.minimum(agrees + 1.0, 1.0) * g
    return x - size * np.sign(g), Slots(g, size)
