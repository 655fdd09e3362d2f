"""Rprop."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from reference.optimizers.rprop import Hyper


class Slots(NamedTuple):
    g: Array
    size: Array


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.full_like(x, h.lr))


def update(c: Hyper, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    agrees = jnp.sign(g) * jnp.sign(s.g)
    size = jnp.where(agrees > 0, s.size * c.eta_plus, s.size)
    size = jnp.where(agrees < 0, s.size * c.eta_minus, size)
    size = jnp.minimum(jnp.maximum(size, c.step_min), c.step_max)
    g = jnp.where(agrees < 0, 0.0, g)
    return x - size * jnp.sign(g), Slots(g, size)
