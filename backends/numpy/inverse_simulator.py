"""The inverse-simulator update; the numerical inverse is scipy's L-BFGS-B."""

from typing import Any

from reference.objective import Objective
from reference.spec import Array


def step(h: Any, f: Objective, x: Array, s: tuple[()], t: int) -> tuple[Array, tuple[()]]:
    y = f.forward(x)
    if h.y_precision == "single":
        y = f.single(y)
    y -= h.lr * f.solve(f.outer_hessian(y), f.outer_gradient(y))
    return (f.inverse(y) if h.inverse == "analytic" else f.numerical_inverse(y, x)), s
