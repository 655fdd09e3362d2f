"""Gradient descent with exact line search, by bisection in a fori_loop."""

import jax.numpy as jnp
from jax import Array, lax

from reference.objective import Objective
from reference.optimizers.line_search import Hyper


def step(c: Hyper, f: Objective, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    g = f.gradient(x)

    def halve(_: Array, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        lr = (low + high) / 2
        beyond = f.gradient(x - lr * g) @ g < 0
        return jnp.where(beyond, low, lr), jnp.where(beyond, lr, high)

    bracket = jnp.zeros((), x.dtype), jnp.full((), c.max_lr, x.dtype)
    low, high = lax.fori_loop(0, c.halvings, halve, bracket)
    return x - (low + high) / 2 * g, s
