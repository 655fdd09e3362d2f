"""Adam."""

from typing import Any, NamedTuple

import jax.numpy as jnp

from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.zeros_like(x))


def factors(h: Any, t: Any) -> tuple[Any, Any]:
    """What corrects the bias of the two means after ``t`` steps."""
    return 1 - h.beta1**t, 1 - h.beta2**t


def update(h: Any, x: Array, g: Array, s: Slots, biases: Any) -> tuple[Array, Slots]:
    bias1, bias2 = biases
    m = h.beta1 * s.m + (1 - h.beta1) * g
    v = h.beta2 * s.v + (1 - h.beta2) * g * g
    m_hat, v_hat = m / bias1, v / bias2
    return x - h.lr * m_hat / (jnp.sqrt(v_hat) + h.eps), Slots(m, v)
