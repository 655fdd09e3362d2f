"""Diagonal Newton, in place."""

from typing import Any

import numpy as np

from reference.objective import Objective
from reference.spec import Array


def step(c: Any, f: Objective, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    scale = f.hessian(x).diagonal(axis1=-2, axis2=-1)
    if c.curvature == "absolute":
        scale = np.abs(scale)
    move = f.gradient(x) * c.lr
    move /= scale
    x -= move
    return x, s
