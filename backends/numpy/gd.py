"""Gradient descent."""

from reference.optimizers.gd import Hyper
from reference.spec import Array


def update(c: Hyper, x: Array, g: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    return x - c.lr * g, s
