"""Newton's method."""

from torch import Tensor

from backends.torch._scaled import add_
from reference.objective import Objective
from reference.optimizers.newton import Hyper


def step(c: Hyper, f: Objective, x: Tensor, s: tuple[()]) -> tuple[Tensor, tuple[()]]:
    g, hessian = f.gradient(x), f.hessian(x)
    if c.curvature == "absolute":
        values, vectors = f.eigh(hessian)
        move = f.product(vectors, f.product(vectors.mT, g) / values.abs())
    elif c.solver == "inverse":
        move = f.product(f.inverse_of(hessian), g)
    else:
        move = f.solve(hessian, g)
    return add_(x, move, -c.lr), s
