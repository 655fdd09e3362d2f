"""Adan, with the bias corrections folded into its factors."""

import jax.numpy as jnp
from jax import Array

from backends._adan import Coefficients, Slots
from backends._adan import coefficients as coefficients
from reference.optimizers.adan import Hyper


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.zeros_like(x), jnp.zeros_like(x), jnp.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    d = g - s.g
    ahead = g + c.ahead * d
    m = c.beta1 * s.m + c.rest1 * g
    v = c.beta2 * s.v + c.rest2 * d
    n = c.beta3 * s.n + c.rest3 * ahead * ahead
    scale = jnp.sqrt(n + c.eps_root) + c.eps
    return x - (c.lr * m + c.lr_v * v) / scale, Slots(m, v, n, g)
