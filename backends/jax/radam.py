"""RAdam, without a branch: unscaled and scaled steps differ in two coefficients."""

import jax.numpy as jnp
from jax import Array

from backends._radam import Coefficients, Slots
from backends._radam import coefficients as coefficients
from reference.optimizers.radam import Hyper


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * s.m + c.rest1 * g
    v = c.beta2 * s.v + c.rest2 * g * g
    return x - (c.plain + c.scaled / (jnp.sqrt(v) + c.eps)) * m, Slots(m, v)
