"""AdaMax."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from backends.coefficients import one_minus_power
from reference.arrays import Ints
from reference.optimizers.adamax import Hyper


class Slots(NamedTuple):
    m: Array
    u: Array


class Coefficients(NamedTuple):
    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    eps: float
    eps_in_maximum: bool
    lr: float  # lr / (1 - beta1^t)


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    lr = h.lr / one_minus_power(h.beta1, t)
    return Coefficients(h.beta1, 1 - h.beta1, h.beta2, h.eps, h.eps_in_maximum, lr)


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(jnp.zeros_like(x), jnp.zeros_like(x))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * s.m + c.rest1 * g
    size = jnp.abs(g) + c.eps if c.eps_in_maximum else jnp.abs(g)
    u = jnp.maximum(c.beta2 * s.u, size)
    scale = u if c.eps_in_maximum else u + c.eps
    return x - c.lr * m / scale, Slots(m, u)
