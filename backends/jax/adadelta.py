"""Adadelta."""

from typing import Any, NamedTuple

import jax.numpy as jnp

from reference.spec import Array


class Slots(NamedTuple):
    g2: Array
    dx2: Array


class Coefficients(NamedTuple):
    lr: float
    decay: float
    rest: float  # 1 - decay
    eps: float


def coefficients(h: Any, t: Any) -> Coefficients:
    return Coefficients(h.lr, h.decay, 1 - h.decay, h.eps)


def slots(h: Any, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.zeros_like(x))


def update(c: Any, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    g2 = c.decay * s.g2 + c.rest * g * g
    dx = jnp.sqrt((s.dx2 + c.eps) / (g2 + c.eps)) * g
    dx2 = c.decay * s.dx2 + c.rest * dx * dx
    return x - c.lr * dx, Slots(g2, dx2)
