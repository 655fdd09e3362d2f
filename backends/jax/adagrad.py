"""Adagrad."""

import jax.numpy as jnp
from jax import Array

from reference.optimizers.adagrad import Hyper


def slots(h: Hyper, x: Array) -> Array:
    return jnp.full_like(x, h.initial_accumulator)


def update(c: Hyper, x: Array, g: Array, total: Array) -> tuple[Array, Array]:
    total = total + g * g
    scale = jnp.sqrt(total + c.eps) if c.eps_inside_sqrt else jnp.sqrt(total) + c.eps
    return x - c.lr * g / scale, total
