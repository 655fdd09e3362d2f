"""Newton's method, with LAPACK."""

import numpy as np

from reference.objective import Objective
from reference.optimizers.newton import Hyper
from reference.spec import Array


def step(c: Hyper, f: Objective, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    g, hessian = f.gradient(x), f.hessian(x)
    if c.curvature == "absolute":
        values, vectors = f.eigh(hessian)
        move = f.product(vectors, f.product(vectors.mT, g) / np.abs(values))
    elif c.solver == "inverse":
        move = f.product(f.inverse_of(hessian), g)
    else:
        move = f.solve(hessian, g)
    move *= c.lr
    x -= move
    return x, s
