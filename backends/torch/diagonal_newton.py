"""Diagonal Newton, in place."""

from typing import Any

from backends.torch._scaled import addcdiv_
from reference.objective import Objective
from reference.spec import Array


def step(c: Any, f: Objective, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    diagonal = f.hessian(x).diagonal(dim1=-2, dim2=-1)
    scale = diagonal.abs() if c.curvature == "absolute" else diagonal
    return addcdiv_(x, f.gradient(x), scale, -c.lr), s
