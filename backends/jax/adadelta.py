"""Adadelta."""

import jax.numpy as jnp
from jax import Array

from backends._adadelta import Coefficients, Slots
from backends._adadelta import coefficients as coefficients
from reference.optimizers.adadelta import Hyper


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    g2 = c.decay * s.g2 + c.rest * g * g
    average = s.g2 if c.old_average else g2
    if c.eps_inside_sqrt:
        dx = jnp.sqrt((s.dx2 + c.eps) / (average + c.eps)) * g
    else:
        dx = (jnp.sqrt(s.dx2) + c.eps) / (jnp.sqrt(average) + c.eps) * g
    dx2 = c.decay * s.dx2 + c.rest * dx * dx
    return x - c.lr * dx, Slots(g2, dx2)
