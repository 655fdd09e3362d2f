"""Nesterov momentum."""

import jax.numpy as jnp
from jax import Array

from backends._nesterov import Coefficients
from backends._nesterov import coefficients as coefficients
from reference.optimizers.nesterov import Hyper


def slots(h: Hyper, x: Array) -> Array:
    return jnp.zeros_like(x)


def update(c: Coefficients, x: Array, g: Array, v: Array) -> tuple[Array, Array]:
    if c.lr_inside:
        g = c.lr * g
    v = c.momentum * v + (g if c.gain is None else c.gain * g)
    move = (g if c.own is None else c.own * g) + c.ahead * v
    return x - (move if c.lr_inside else c.lr * move), v
