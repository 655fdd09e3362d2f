"""RMSProp."""

from typing import Any

import jax.numpy as jnp

from reference.spec import Array


def slots(h: Any, x: Array) -> Array:
    return jnp.zeros_like(x)


def update(h: Any, x: Array, g: Array, g2: Array, t: Array) -> tuple[Array, Array]:
    g2 = h.decay * g2 + (1 - h.decay) * g * g
    scale = jnp.sqrt(g2 + h.eps) if h.eps_inside_sqrt else jnp.sqrt(g2) + h.eps
    return x - h.lr * g / scale, g2
