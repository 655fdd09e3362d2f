"""Diagonal Newton."""

from typing import Any

import jax.numpy as jnp

from reference.objective import Objective
from reference.spec import Array


def step(h: Any, f: Objective, x: Array, s: tuple[()], t: Array) -> tuple[Array, tuple[()]]:
    diagonal = f.hessian(x).diagonal()
    scale = jnp.abs(diagonal) if h.curvature == "absolute" else diagonal
    return x - h.lr * f.gradient(x) / scale, s
