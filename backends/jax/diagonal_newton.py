"""Diagonal Newton."""

from typing import Any

import jax.numpy as jnp

from reference.objective import Objective
from reference.spec import Array


def step(c: Any, f: Objective, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    diagonal = f.hessian(x).diagonal()
    scale = jnp.abs(diagonal) if c.curvature == "absolute" else diagonal
    return x - c.lr * f.gradient(x) / scale, s
