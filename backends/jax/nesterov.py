"""Nesterov momentum."""

from typing import Any

import jax.numpy as jnp

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return jnp.zeros_like(x)


def update(c: Any, x: Array, g: Array, v: Array) -> tuple[Array, Array]:
    v = c.momentum * v + g
    return x - c.lr * (g + c.momentum * v), v
