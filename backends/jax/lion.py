"""Lion."""

import jax.numpy as jnp
from jax import Array

from backends._lion import Coefficients
from backends._lion import coefficients as coefficients
from reference.optimizers.lion import Hyper


def slots(h: Hyper, x: Array) -> Array:
    return jnp.zeros_like(x)


def update(c: Coefficients, x: Array, g: Array, m: Array) -> tuple[Array, Array]:
    direction = jnp.sign(c.beta1 * m + c.rest1 * g)
    return x - c.lr * direction, c.beta2 * m + c.rest2 * g
