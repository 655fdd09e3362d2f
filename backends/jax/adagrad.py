"""Adagrad."""

from typing import Any

import jax.numpy as jnp

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return jnp.full_like(x, h.initial_accumulator)


def update(c: Any, x: Array, g: Array, total: Array) -> tuple[Array, Array]:
    total = total + g * g
    scale = jnp.sqrt(total + c.eps) if c.eps_inside_sqrt else jnp.sqrt(total) + c.eps
    return x - c.lr * g / scale, total
