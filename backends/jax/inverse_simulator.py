"""The inverse-simulator update; the numerical inverse is scipy's, called on the host."""

from typing import Any

from reference.objective import Objective
from reference.spec import Array


def step(h: Any, f: Objective, x: Array, s: tuple[()], t: Array) -> tuple[Array, tuple[()]]:
    y = f.forward(x)
    if h.y_precision == "single":
        y = f.single(y)
    y = y - h.lr * f.solve(f.outer_hessian(y), f.outer_gradient(y))
    new = f.inverse(y) if h.inverse == "analytic" else f.numerical_inverse(y, x)
    return new.astype(x.dtype), s
