"""The gradient modified, and the parameters shrunk, as formulas; see `backends.modifiers`."""

from typing import Any

import numpy as np

from backends.modifiers import On
from reference.spec import Array


def gradient(on: On, c: Any, x: Array, g: Array) -> Array:
    if on.negated:
        g = -g
    if on.clipped:
        g = np.maximum(np.minimum(g, c.high), c.low)
    if on.l2:
        g = g + c.l2 * x
    return g


def shrunk(c: Any, x: Array) -> Array:
    return c.keep * x
