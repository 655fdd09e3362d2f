"""Adadelta."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from reference.arrays import Ints
from reference.optimizers.adadelta import Hyper


class Slots(NamedTuple):
    g2: Array
    dx2: Array


class Coefficients(NamedTuple):
    lr: float
    decay: float
    rest: float  # 1 - decay
    eps: float


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    return Coefficients(h.lr, h.decay, 1 - h.decay, h.eps)


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    g2 = c.decay * s.g2 + c.rest * g * g
    dx = jnp.sqrt((s.dx2 + c.eps) / (g2 + c.eps)) * g
    dx2 = c.decay * s.dx2 + c.rest * dx * dx
    return x - c.lr * dx, Slots(g2, dx2)
