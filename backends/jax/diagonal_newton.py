"""Diagonal Newton."""

import jax.numpy as jnp
from jax import Array

from reference.objective import Objective
from reference.optimizers.diagonal_newton import Hyper


def step(c: Hyper, f: Objective, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    diagonal = f.hessian(x).diagonal()
    scale = jnp.abs(diagonal) if c.curvature == "absolute" else diagonal
    return x - c.lr * f.gradient(x) / scale, s
