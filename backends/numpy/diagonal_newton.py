"""Diagonal Newton: an element-wise division."""

from typing import Any

import numpy as np

from reference.objective import Objective
from reference.spec import Array


def step(h: Any, f: Objective, x: Array, s: tuple[()], t: int) -> tuple[Array, tuple[()]]:
    scale = f.hessian(x).diagonal(axis1=-2, axis2=-1)
    if h.curvature == "absolute":
        scale = np.abs(scale)
    move = f.gradient(x) * h.lr
    move /= scale
    x -= move
    return x, s
