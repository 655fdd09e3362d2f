"""AdaMax."""

import jax.numpy as jnp
from jax import Array

from backends._adamax import Coefficients, Slots
from backends._adamax import coefficients as coefficients
from reference.optimizers.adamax import Hyper


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * s.m + c.rest1 * g
    size = jnp.abs(g) + c.eps if c.eps_in_maximum else jnp.abs(g)
    u = jnp.maximum(c.beta2 * s.u, size)
    scale = u if c.eps_in_maximum else u + c.eps
    return x - c.lr * m / scale, Slots(m, u)
