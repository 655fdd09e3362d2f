"""Gradient descent whose learning rate is found anew each step, by bisection along the ray."""

from typing import Annotated

from reference.objective import Objective
from reference.parameters import Interval, Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """What the line search lets you choose.

    Attributes
    ----------
    max_lr
        The largest learning rate that is tried: the search is in [0, max_lr].
    halvings
        How often the interval of learning rates is halved; after 1,100 float64 has no number left
        between its ends.
    """

    max_lr: Positive = 1.0
    halvings: Annotated[int, Interval(low=1, high=1100)] = 60


def init(x: Array, h: Hyper) -> tuple[()]:
    return ()


def step(f: Objective, h: Hyper, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    g = f.gradient(x)
    low, high = 0 * h.max_lr, h.max_lr
    for _ in range(h.halvings):
        lr = (low + high) / 2
        slope = -(f.gradient(x - lr * g) * g).sum()  # of f along the ray, at lr
        low, high = (low, lr) if slope > 0 else (lr, high)
    return x - (low + high) / 2 * g, s


OPTIMIZER = Optimizer(
    title="Line search",
    cites=(
        Cite("Boyd & Vandenberghe 2004", "section 9.2, exact line search", "Convex Optimization"),
        Cite("Dive into Deep Learning", "Gradient Descent with Line Search"),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1 + h.halvings},
    notes="The learning rate is sought in [0, max_lr]; where the slope is still negative at "
    "max_lr, the step is max_lr. On a ray that is not convex it finds one of the minima.",
)
