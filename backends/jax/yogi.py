"""Yogi, with the bias corrections folded into lr and eps."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from backends.coefficients import one_minus_power
from reference.arrays import Ints
from reference.optimizers.yogi import Hyper


class Slots(NamedTuple):
    m: Array
    v: Array


class Coefficients(NamedTuple):
    beta1: float
    rest1: float  # 1 - beta1
    rest2: float  # 1 - beta2
    lr: float  # lr sqrt(1 - beta2^t) / (1 - beta1^t), or lr
    eps: float  # eps sqrt(1 - beta2^t), or eps


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    lr, eps = h.lr, h.eps
    if h.bias_correction:
        root = one_minus_power(h.beta2, t) ** 0.5
        lr, eps = lr * root / one_minus_power(h.beta1, t), eps * root
    return Coefficients(h.beta1, 1 - h.beta1, 1 - h.beta2, lr, eps)


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(jnp.full_like(x, h.initial_average), jnp.full_like(x, h.initial_accumulator))


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    m = c.beta1 * s.m + c.rest1 * g
    square = g * g
    v = s.v - c.rest2 * jnp.sign(s.v - square) * square
    return x - c.lr * m / (jnp.sqrt(v) + c.eps), Slots(m, v)
