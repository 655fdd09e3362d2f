"""Adagrad."""

from typing import Any

import jax.numpy as jnp

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return jnp.full_like(x, h.initial_accumulator)


def update(h: Any, x: Array, g: Array, total: Array, t: Array) -> tuple[Array, Array]:
    total = total + g * g
    scale = jnp.sqrt(total + h.eps) if h.eps_inside_sqrt else jnp.sqrt(total) + h.eps
    return x - h.lr * g / scale, total
