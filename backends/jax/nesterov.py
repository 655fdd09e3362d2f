"""Nesterov momentum."""

import jax.numpy as jnp
from jax import Array

from reference.optimizers.nesterov import Hyper


def slots(h: Hyper, x: Array) -> Array:
    return jnp.zeros_like(x)


def update(c: Hyper, x: Array, g: Array, v: Array) -> tuple[Array, Array]:
    v = c.momentum * v + g
    return x - c.lr * (g + c.momentum * v), v
