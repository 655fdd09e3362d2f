"""The gradient modified, and the parameters shrunk, see `backends.modifiers`."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from backends.modifiers import On


def gradient(on: On, c: Any, x: Array, g: Array) -> Array:
    if on.negated:
        g = -g
    if on.by_norm:
        norm = c.norm if c.norm_eps is None else c.norm + c.norm_eps
        g = c.norm_limit / jnp.maximum(norm, c.norm_limit) * g
    if on.clipped:
        g = jnp.maximum(jnp.minimum(g, c.high), c.low)
    if on.l2:
        g = g + c.l2 * x
    return g


def norm(g: Array) -> Array:
    return jnp.linalg.norm(g)


def shrunk(c: Any, x: Array) -> Array:
    return c.keep * x
