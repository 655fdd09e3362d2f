"""Gradient descent."""

from typing import Any

from reference.spec import Array


def update(h: Any, x: Array, g: Array, s: tuple[()], t: int) -> tuple[Array, tuple[()]]:
    return x - h.lr * g, s
