"""Diagonal Newton, in place."""

import numpy as np

from reference.objective import Objective
from reference.optimizers.diagonal_newton import Hyper
from reference.spec import Array


def step(c: Hyper, f: Objective, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    scale = f.hessian(x).diagonal(axis1=-2, axis2=-1)
    if c.curvature == "absolute":
        scale = np.abs(scale)
    move = f.gradient(x) * c.lr
    move /= scale
    x -= move
    return x, s
