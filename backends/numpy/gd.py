"""Gradient descent in place."""

from typing import Any

from reference.spec import Array


def update(h: Any, x: Array, g: Array, s: tuple[()], t: int) -> tuple[Array, tuple[()]]:
    x -= g * h.lr
    return x, s
