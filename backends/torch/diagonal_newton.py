"""Diagonal Newton, in place."""

from typing import Any

from backends.torch._scaled import addcdiv_
from reference.objective import Objective
from reference.spec import Array


def step(h: Any, f: Objective, x: Array, s: tuple[()], t: Any) -> tuple[Array, tuple[()]]:
    diagonal = f.hessian(x).diagonal(dim1=-2, dim2=-1)
    scale = diagonal.abs() if h.curvature == "absolute" else diagonal
    return addcdiv_(x, f.gradient(x), scale, -h.lr), s
