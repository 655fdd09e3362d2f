"""Momentum."""

import jax.numpy as jnp
from jax import Array

from reference.optimizers.momentum import Hyper


def slots(h: Hyper, x: Array) -> Array:
    return jnp.zeros_like(x)


def update(c: Hyper, x: Array, g: Array, v: Array) -> tuple[Array, Array]:
    if c.lr_inside:
        v = c.momentum * v + c.lr * g
        return x - v, v
    v = c.momentum * v + g
    return x - c.lr * v, v
