"""Newton's method."""

from typing import Any

import jax.numpy as jnp

from reference.objective import Objective
from reference.spec import Array


def step(h: Any, f: Objective, x: Array, s: tuple[()], t: Array) -> tuple[Array, tuple[()]]:
    g, hessian = f.gradient(x), f.hessian(x)
    if h.curvature == "absolute":
        values, vectors = f.eigh(hessian)
        move = f.product(vectors, f.product(vectors.mT, g) / jnp.abs(values))
    elif h.solver == "inverse":
        move = f.product(f.inverse_of(hessian), g)
    else:
        move = f.solve(hessian, g)
    return x - h.lr * move, s
