"""Momentum."""

import jax.numpy as jnp
from jax import Array

from backends._velocity import Coefficients
from backends._velocity import coefficients as coefficients
from reference.optimizers.momentum import Hyper


def slots(h: Hyper, x: Array) -> Array:
    return jnp.zeros_like(x)


def update(c: Coefficients, x: Array, g: Array, v: Array) -> tuple[Array, Array]:
    if c.gain is not None:
        g = c.gain * g
    if c.lr_inside:
        v = c.momentum * v + c.lr * g
        return x - v, v
    v = c.momentum * v + g
    return x - c.lr * v, v
