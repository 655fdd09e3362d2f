"""The inverse-simulator update; the numerical inverse is scipy's, called on the host."""

from typing import Any

from reference.objective import Objective
from reference.spec import Array


def step(h: Any, f: Objective, x: Array, s: tuple[()], t: Any) -> tuple[Array, tuple[()]]:
    y = f.forward(x)
    if h.y_precision == "single":
        y = f.single(y)
    y.sub_(f.solve(f.outer_hessian(y), f.outer_gradient(y)).mul_(h.lr))
    return (f.inverse(y) if h.inverse == "analytic" else f.numerical_inverse(y, x)).to(x), s
