"""The gradient modified, and the parameters shrunk, as formulas; see `backends.modifiers`."""

from typing import Any

import numpy as np

from backends.modifiers import On
from reference.spec import Array


def gradient(on: On, c: Any, x: Array, g: Array) -> Array:
    if on.negated:
        g = -g
    if on.by_norm:
        norm = c.norm if c.norm_eps is None else c.norm + c.norm_eps
        g = c.norm_limit / np.maximum(norm, c.norm_limit) * g
    if on.clipped:
        g = np.maximum(np.minimum(g, c.high), c.low)
    if on.l2:
        g = g + c.l2 * x
    return g


def norm(g: Array) -> Array:
    found = np.sqrt(np.vecdot(g, g))
    return found[:, None] if g.ndim > 1 else found


def shrunk(c: Any, x: Array) -> Array:
    return c.keep * x
