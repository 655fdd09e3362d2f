"""The inverse-simulator update; the numerical inverse is by scipy on the host."""

from torch import Tensor

from reference.objective import Objective
from reference.optimizers.inverse_simulator import Hyper


def step(c: Hyper, f: Objective, x: Tensor, s: tuple[()]) -> tuple[Tensor, tuple[()]]:
    y = f.forward(x)
    if c.y_precision == "single":
        y = f.single(y)
    y.sub_(f.solve(f.outer_hessian(y), f.outer_gradient(y)).mul_(c.lr))
    return (f.inverse(y) if c.inverse == "analytic" else f.numerical_inverse(y, x)).to(x), s
