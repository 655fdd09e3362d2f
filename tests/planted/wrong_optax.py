"""Mistakes as optax has them: transformations of gradients."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax


class State(NamedTuple):
    count: Any
    m: Any
    v: Any


def transformation(h, update):
    """The transformation of ``update(h, g, m, v, t)``, which returns the move, m and v."""

    def init(params):
        zeros = jax.tree.map(jnp.zeros_like, params)
        return State(jnp.zeros((), jnp.int32), zeros, zeros)

    def updated(grads, state, params=None):
        count = state.count + 1
        leaves, structure = jax.tree.flatten(grads)
        kept = map(jax.tree.leaves, (state.m, state.v))
        found = [update(h, *each, count) for each in zip(leaves, *kept, strict=True)]
        moves, m, v = (structure.unflatten(part) for part in zip(*found, strict=True))
        return moves, State(count, m, v)

    return optax.GradientTransformation(init, updated)


def adabelief_from_the_old_mean(h):
    def update(h, g, m, s, count):
        t = count.astype(g.dtype)
        s = h.beta2 * s + (1 - h.beta2) * (g - m) ** 2 + h.eps_root
        m = h.beta1 * m + (1 - h.beta1) * g
        m_hat, s_hat = m / (1 - h.beta1**t), s / (1 - h.beta2**t)
        return -h.lr * m_hat / (jnp.sqrt(s_hat) + h.eps), m, s

    return transformation(h, update)


def adam_correcting_in_float32(h):
    """The correction is an array like all others, of the parameters' dtype or of float32."""

    def update(h, g, m, v, count):
        t = count.astype(jnp.float32)
        m = h.beta1 * m + (1 - h.beta1) * g
        v = h.beta2 * v + (1 - h.beta2) * g**2
        m_hat, v_hat = (
            part / (1 - beta**t).astype(g.dtype) for part, beta in ((m, h.beta1), (v, h.beta2))
        )
        return -h.lr * m_hat / (jnp.sqrt(v_hat) + h.eps), m, v

    return transformation(h, update)
