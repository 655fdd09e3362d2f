"""Sign descent."""

import jax.numpy as jnp
from jax import Array

from reference.optimizers.sign_descent import Hyper


def update(c: Hyper, x: Array, g: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    return x - c.lr * jnp.sign(g), s
