"""AdaBelief, with the bias corrections folded into lr and eps."""

import jax.numpy as jnp
from jax import Array

from backends._adabelief import Coefficients, Slots
from backends._adabelief import coefficients as coefficients
from reference.optimizers.adabelief import Hyper


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, state: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * state.m + c.rest1 * g
    off = g - m
    s = c.beta2 * state.s + c.rest2 * off * off + c.eps_root
    return x - c.lr * m / (jnp.sqrt(s) + c.eps), Slots(m, s)
