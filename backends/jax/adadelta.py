"""Adadelta."""

from typing import Any, NamedTuple

import jax.numpy as jnp

from reference.spec import Array


class Slots(NamedTuple):
    g2: Array
    dx2: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.zeros_like(x))


def update(h: Any, x: Array, g: Array, s: Slots, t: Array) -> tuple[Array, Slots]:
    g2 = h.decay * s.g2 + (1 - h.decay) * g * g
    dx = jnp.sqrt((s.dx2 + h.eps) / (g2 + h.eps)) * g
    dx2 = h.decay * s.dx2 + (1 - h.decay) * dx * dx
    return x - h.lr * dx, Slots(g2, dx2)
