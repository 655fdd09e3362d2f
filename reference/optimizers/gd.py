"""Gradient descent: step against the gradient, by a fixed learning rate."""

from reference.objective import Objective
from reference.parameters import Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """What gradient descent lets you choose.

    Attributes
    ----------
    lr
        The learning rate, which multiplies the gradient; learning_rate in optax and Keras.
    """

    lr: Positive = 0.1


def init(x: Array, h: Hyper) -> tuple[()]:
    return ()


def step(f: Objective, h: Hyper, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    return x - h.lr * f.gradient(x), s


OPTIMIZER = Optimizer(
    title="Gradient descent",
    cites=(
        Cite("Cauchy 1847", "Méthode générale pour la résolution des systèmes d'équations"),
        Cite("Dive into Deep Learning", "Gradient Descent, eq. gd-taylor-2"),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
)
