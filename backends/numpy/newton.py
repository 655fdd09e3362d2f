"""Newton's method, by LAPACK."""

from typing import Any

import numpy as np

from reference.objective import Objective
from reference.spec import Array


def step(h: Any, f: Objective, x: Array, s: tuple[()], t: int) -> tuple[Array, tuple[()]]:
    g, hessian = f.gradient(x), f.hessian(x)
    if h.curvature == "absolute":
        values, vectors = f.eigh(hessian)
        move = f.product(vectors, f.product(vectors.mT, g) / np.abs(values))
    elif h.solver == "inverse":
        move = f.product(f.inverse_of(hessian), g)
    else:
        move = f.solve(hessian, g)
    move *= h.lr
    x -= move
    return x, s
