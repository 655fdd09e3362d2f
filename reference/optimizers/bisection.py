"""Bisection for the minimum of a function of one variable in a bracket [a, b].

    [a, b] = [a, x] if f'(x) > 0 else [x, b],  x = (a + b) / 2

Without derivatives the values at the quarter points l = (a + x) / 2 and r = (x + b) / 2 decide: the
new bracket is [a, x] if f(l) < f(x), [x, b] if f(r) < f(x), else [l, r]. Both halve the bracket in
every step. torch.optim, optax and Keras have no such optimizer. Source: Boyd & Vandenberghe 2004,
section 9.2.
"""

from typing import NamedTuple

from reference.errors import Invalid
from reference.objective import Objective
from reference.parameters import Finite, Parameters
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """Hyperparameters of bisection; the run starts at (a + b) / 2.

    Attributes
    ----------
    a
        The lower end of the bracket; it must be less than b.
    b
        The upper end of the bracket; it must be greater than a.
    derivatives
        Whether the sign of the derivative selects the half to keep, or three function values do.
    """

    a: Finite = -2.0
    b: Finite = 1.0
    derivatives: bool = True


class State(NamedTuple):
    a: Array
    b: Array


def init(x: Array, h: Hyper) -> State:
    return State(0 * x + h.a, 0 * x + h.b)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    where = f.xp.where
    if h.derivatives:
        rising = f.gradient(x) > 0
        a, b = where(rising, s.a, x), where(rising, x, s.b)
    else:
        left, right = (s.a + x) / 2, (x + s.b) / 2
        at_left, at_x, at_right = (f.value(each)[..., None] for each in (left, x, right))
        a = where(at_left < at_x, s.a, where(at_right < at_x, x, left))
        b = where(at_left < at_x, x, where(at_right < at_x, s.b, right))
    return (a + b) / 2, State(a, b)


def start(h: Hyper) -> tuple[float]:
    if h.a >= h.b:
        raise Invalid(f"bisection: a = {h.a:g}, b = {h.b:g}: expected a < b, the ends of a bracket")
    return ((h.a + h.b) / 2,)


OPTIMIZER = Optimizer(
    title="Bisection",
    cites=(
        Cite("Boyd & Vandenberghe 2004", "section 9.2", "Convex Optimization"),
        Cite("Dive into Deep Learning", "Gradient Descent, exercise 2"),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"value", "gradient"},
    evaluations=lambda h: {"gradient": 1} if h.derivatives else {"value": 3},
    dimension=1,
    start=start,
    notes="For a convex function the values at the quarter points decide which half to keep, so "
    "no derivative is needed; either way the bracket halves at every step. Near the minimum the "
    "values stop telling points apart long before the slopes do.",
)
