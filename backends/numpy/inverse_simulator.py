"""The inverse-simulator update; the numerical inverse is by scipy's L-BFGS-B."""

from reference.objective import Objective
from reference.optimizers.inverse_simulator import Hyper
from reference.spec import Array


def step(c: Hyper, f: Objective, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    y = f.forward(x)
    if c.y_precision == "single":
        y = f.single(y)
    y -= c.lr * f.solve(f.outer_hessian(y), f.outer_gradient(y))
    return (f.inverse(y) if c.inverse == "analytic" else f.numerical_inverse(y, x)), s
