"""RMSProp: each coordinate's step is divided by the running size of its gradient."""

from typing import NamedTuple

from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """What RMSProp lets you choose.

    Attributes
    ----------
    lr
        The learning rate, which multiplies the scaled gradient; learning_rate in optax and Keras.
    decay
        The weight of the old average of squared gradients; torch calls it alpha, Keras rho, with
        defaults 0.99 and 0.9, and optax has decay = 0.9.
    eps
        What is added to the divisor so that it is not zero; Keras calls it epsilon, with default
        1e-7.
    eps_inside_sqrt
        Whether eps is added to the average of squares, under the root, as in Keras and by optax's
        default, or to its root, as in torch.
    """

    lr: Positive = 0.01
    decay: Decay = 0.99
    eps: NonNegative = 1e-8
    eps_inside_sqrt: bool = False


class State(NamedTuple):
    g2: Array


def init(x: Array, h: Hyper) -> State:
    return State(0 * x)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g = f.gradient(x)
    g2 = h.decay * s.g2 + (1 - h.decay) * g**2
    scale = sqrt(g2 + h.eps) if h.eps_inside_sqrt else sqrt(g2) + h.eps
    return x - h.lr * g / scale, State(g2)


OPTIMIZER = Optimizer(
    title="RMSProp",
    cites=(Cite("Tieleman & Hinton 2012", "Neural Networks for Machine Learning, lecture 6.5"),),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="decay weighs the old average: torch calls it alpha, Keras rho, the thesis gamma. "
    "eps stands outside the square root, as in torch, unless eps_inside_sqrt.",
)
