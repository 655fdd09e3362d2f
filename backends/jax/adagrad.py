"""Adagrad."""

import jax.numpy as jnp
from jax import Array

from backends._adagrad import Coefficients, Moving, Plain, Slots
from backends._adagrad import coefficients as coefficients
from reference.optimizers.adagrad import Hyper


def slots(h: Hyper, x: Array) -> Slots:
    total = jnp.full_like(x, h.initial_accumulator)
    return Plain(total) if h.momentum is None else Moving(total, jnp.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    total = s.total + g * g
    scale = jnp.sqrt(total + c.eps) if c.eps_inside_sqrt else jnp.sqrt(total) + c.eps
    if c.may_be_zero:
        scale = jnp.maximum(scale, 1 - jnp.sign(total))
    if isinstance(s, Plain):
        return x - c.lr * g / scale, Plain(total)
    average = c.momentum * s.average + c.rest * (g / scale)
    return x - c.lr * average, Moving(total, average)
