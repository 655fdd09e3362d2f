"""Gradient descent."""

from jax import Array

from reference.optimizers.gd import Hyper


def update(c: Hyper, x: Array, g: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    return x - c.lr * g, s
