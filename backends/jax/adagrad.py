"""Adagrad."""

import jax.numpy as jnp
from jax import Array

from backends._adagrad import Coefficients, Moving
from backends._adagrad import coefficients as coefficients
from reference.optimizers.adagrad import Hyper


def slots(h: Hyper, x: Array) -> Array | Moving:
    total = jnp.full_like(x, h.initial_accumulator)
    return total if h.momentum is None else Moving(total, jnp.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Array | Moving) -> tuple[Array, Array | Moving]:
    total = (s.total if isinstance(s, Moving) else s) + g * g
    scale = jnp.sqrt(total + c.eps) if c.eps_inside_sqrt else jnp.sqrt(total) + c.eps
    if c.may_be_zero:
        scale = jnp.maximum(scale, 1 - jnp.sign(total))
    if not isinstance(s, Moving):
        return x - c.lr * g / scale, total
    average = c.momentum * s.average + c.rest * (g / scale)
    return x - c.lr * average, Moving(total, average)
