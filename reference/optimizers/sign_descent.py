"""Sign descent: a step of the same length along every coordinate, by the sign of the gradient.

    x = x - lr sign(g)

The sign of zero is zero. This is optax.sign_sgd, and without noise the method of signSGD; torch and
Keras have none. Source: Bernstein et al. 2018, Algorithm 1.
"""

from reference.first_order import FirstOrder
from reference.objective import Objective
from reference.parameters import Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of sign descent.

    Attributes
    ----------
    lr
        The learning rate, the length of every step; learning_rate in optax, which has no default.
    """

    lr: Positive = 0.01


def init(x: Array, h: Hyper) -> tuple[()]:
    return ()


def step(f: Objective, h: Hyper, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    return x - h.lr * f.xp.sign(f.gradient(x)), s


OPTIMIZER = Optimizer(
    title="Sign descent",
    cites=(Cite("Bernstein et al. 2018", "Algorithm 1", "arXiv:1802.04434"),),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
)
