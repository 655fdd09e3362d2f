"""Gradient descent with a fixed learning rate.

    x = x - lr g

This is torch.optim.SGD, optax.sgd and Keras's SGD without momentum. By default lr is 0.001 in torch
and 0.01 in Keras; optax has no default. Source: Cauchy 1847.
"""

from reference.first_order import FirstOrder
from reference.objective import Objective
from reference.parameters import Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of gradient descent.

    Attributes
    ----------
    lr
        The learning rate, a factor of the gradient; learning_rate in optax and Keras.
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
