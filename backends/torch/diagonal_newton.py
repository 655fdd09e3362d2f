"""Diagonal Newton, in place."""

from torch import Tensor

from backends.torch._scaled import addcdiv_
from reference.objective import Objective
from reference.optimizers.diagonal_newton import Hyper


def step(c: Hyper, f: Objective, x: Tensor, s: tuple[()]) -> tuple[Tensor, tuple[()]]:
    diagonal = f.hessian(x).diagonal(dim1=-2, dim2=-1)
    scale = diagonal.abs() if c.curvature == "absolute" else diagonal
    return addcdiv_(x, f.gradient(x), scale, -c.lr), s
