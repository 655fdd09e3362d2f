"""Adam."""

from typing import Any, NamedTuple

import jax.numpy as jnp

from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.zeros_like(x))


def update(h: Any, x: Array, g: Array, s: Slots, t: Array) -> tuple[Array, Slots]:
    m = h.beta1 * s.m + (1 - h.beta1) * g
    v = h.beta2 * s.v + (1 - h.beta2) * g * g
    m_hat, v_hat = m / (1 - h.beta1**t), v / (1 - h.beta2**t)
    return x - h.lr * m_hat / (jnp.sqrt(v_hat) + h.eps), Slots(m, v)
