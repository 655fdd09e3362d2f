"""Gradient descent with exact line search.

    x = x - eta g,  eta = argmin of f(x - eta g) over [0, max_lr]

eta is found by bisection on the sign of d f(x - eta g) / d eta. If the derivative is negative at
max_lr, eta is max_lr. optax's line searches and that of torch.optim.LBFGS accept a sufficient
decrease instead of a minimum. Source: Boyd & Vandenberghe 2004, section 9.2.
"""

from typing import Annotated

from reference.objective import Objective
from reference.parameters import Interval, Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """Hyperparameters of gradient descent with exact line search.

    Attributes
    ----------
    max_lr
        The upper end of the bracket [0, max_lr] of learning rates.
    halvings
        How often the bracket is halved; after 1,100 times float64 has no number between its ends.
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
        slope = -f.xp.sum(f.gradient(x - lr * g) * g, -1)[..., None]  # d f(x - lr g) / d lr
        low, high = f.xp.where(slope > 0, low, lr), f.xp.where(slope > 0, lr, high)
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
