"""RMSProp."""

from functools import partial
from typing import TypeAlias

import jax.numpy as jnp
from jax import Array

from backends._rmsprop import Centered, CenteredMoving, Coefficients, Moving, Plain, empty
from backends._rmsprop import coefficients as coefficients
from reference.optimizers.rmsprop import Hyper

Slots: TypeAlias = Array | Centered | Moving | CenteredMoving  # one array needs no tuple around it


def slots(h: Hyper, x: Array) -> Slots:
    found = empty(h, partial(jnp.zeros_like, x), jnp.full_like(x, h.initial_average))
    return found.g2 if isinstance(found, Plain) else found


def update(c: Coefficients, x: Array, g: Array, s: Slots) -> tuple[Array, Slots]:
    g2 = c.decay * (s if isinstance(s, Array) else s.g2) + c.rest * g * g
    s = g2 if isinstance(s, Array) else s._replace(g2=g2)
    variance = g2 if c.correction is None else c.correction * g2
    if isinstance(s, (Centered, CenteredMoving)):
        mean = c.decay * s.mean + c.rest * g
        s = s._replace(mean=mean)
        mean = mean if c.correction is None else c.correction * mean
        variance = variance - mean * mean
    move = g / _scale(c, variance)
    move = move if c.lr_inside is None else c.lr_inside * move
    if isinstance(s, (Moving, CenteredMoving)):
        velocity = c.momentum * s.velocity + move
        s = s._replace(velocity=velocity)
        move = c.momentum * velocity + move if c.nesterov else velocity
    return x - c.lr * move, s


def _scale(c: Coefficients, variance: Array) -> Array:
    if c.eps_as_minimum:
        return jnp.maximum(jnp.sqrt(variance), c.eps)
    return jnp.sqrt(variance + c.eps) if c.eps_inside_sqrt else jnp.sqrt(variance) + c.eps
