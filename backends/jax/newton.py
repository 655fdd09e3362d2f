"""Newton's method."""

import jax.numpy as jnp
from jax import Array

from reference.objective import Objective
from reference.optimizers.newton import Hyper


def step(c: Hyper, f: Objective, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    g, hessian = f.gradient(x), f.hessian(x)
    if c.curvature == "absolute":
        values, vectors = f.eigh(hessian)
        move = f.product(vectors, f.product(vectors.mT, g) / jnp.abs(values))
    elif c.solver == "inverse":
        move = f.product(f.inverse_of(hessian), g)
    else:
        move = f.solve(hessian, g)
    return x - c.lr * move, s
