"""Bisection of a bracket, with `where` in place of branches."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from reference.objective import Objective
from reference.optimizers.bisection import Hyper


class Slots(NamedTuple):
    a: Array
    b: Array


def slots(h: Hyper, x: Array) -> Slots:
    return Slots(jnp.full_like(x, h.a), jnp.full_like(x, h.b))


def _by_slope(f: Objective, x: Array, s: Slots) -> Slots:
    rising = f.gradient(x) > 0
    return Slots(jnp.where(rising, s.a, x), jnp.where(rising, x, s.b))


def _by_values(f: Objective, x: Array, s: Slots) -> Slots:
    left, right = (s.a + x) / 2, (x + s.b) / 2
    at_left, at_x, at_right = f.value(left), f.value(x), f.value(right)
    in_left = at_left < at_x
    in_right = ~in_left & (at_right < at_x)
    a = jnp.where(in_left, s.a, jnp.where(in_right, x, left))
    return Slots(a, jnp.where(in_left, x, jnp.where(in_right, s.b, right)))


def step(c: Hyper, f: Objective, x: Array, s: Slots) -> tuple[Array, Slots]:
    s = (_by_slope if c.derivatives else _by_values)(f, x, s)
    return (s.a + s.b) / 2, s
