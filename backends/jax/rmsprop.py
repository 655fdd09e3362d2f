"""RMSProp."""

from typing import Any, NamedTuple

import jax.numpy as jnp

from reference.spec import Array


class Coefficients(NamedTuple):
    lr: float
    decay: float
    rest: float  # 1 - decay
    eps: float
    eps_inside_sqrt: bool


def coefficients(h: Any, t: Any) -> Coefficients:
    return Coefficients(h.lr, h.decay, 1 - h.decay, h.eps, h.eps_inside_sqrt)


def slots(h: Any, x: Array) -> Array:
    return jnp.zeros_like(x)


def update(c: Any, x: Array, g: Array, g2: Array) -> tuple[Array, Array]:
    g2 = c.decay * g2 + c.rest * g * g
    scale = jnp.sqrt(g2 + c.eps) if c.eps_inside_sqrt else jnp.sqrt(g2) + c.eps
    return x - c.lr * g / scale, g2
