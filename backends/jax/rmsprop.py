"""RMSProp."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from reference.arrays import Ints
from reference.optimizers.rmsprop import Hyper


class Coefficients(NamedTuple):
    lr: float
    decay: float
    rest: float  # 1 - decay
    eps: float
    eps_inside_sqrt: bool


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    return Coefficients(h.lr, h.decay, 1 - h.decay, h.eps, h.eps_inside_sqrt)


def slots(h: Hyper, x: Array) -> Array:
    return jnp.zeros_like(x)


def update(c: Coefficients, x: Array, g: Array, g2: Array) -> tuple[Array, Array]:
    g2 = c.decay * g2 + c.rest * g * g
    scale = jnp.sqrt(g2 + c.eps) if c.eps_inside_sqrt else jnp.sqrt(g2) + c.eps
    return x - c.lr * g / scale, g2
