"""The inverse-simulator update; the numerical inverse is a callback to scipy on the host."""

import jax.numpy as jnp
from jax import Array

from reference.objective import Objective
from reference.optimizers.inverse_simulator import Hyper


def step(c: Hyper, f: Objective, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    y = f.forward(x)
    if c.y_precision == "single":
        y = f.single(y)
    lr = jnp.asarray(c.lr, y.dtype)  # y may be float32 in a float64 run
    y = y - lr * f.solve(f.outer_hessian(y), f.outer_gradient(y))
    new = f.inverse(y) if c.inverse == "analytic" else f.numerical_inverse(y, x)
    return new.astype(x.dtype), s
