"""Momentum."""

from typing import Any

import jax.numpy as jnp

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return jnp.zeros_like(x)


def update(c: Any, x: Array, g: Array, v: Array) -> tuple[Array, Array]:
    if c.lr_inside:
        v = c.momentum * v + c.lr * g
        return x - v, v
    v = c.momentum * v + g
    return x - c.lr * v, v
