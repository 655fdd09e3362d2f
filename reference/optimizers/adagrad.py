"""Adagrad: each coordinate's step shrinks with the squared gradients it has seen."""

from typing import NamedTuple

from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import NonNegative, Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """What Adagrad lets you choose.

    Attributes
    ----------
    lr
        The learning rate, which multiplies the scaled gradient; learning_rate in optax and Keras.
    eps
        What is added to the divisor so that it is not zero; Keras calls it epsilon, with default
        1e-7, and optax's default is 1e-7.
    eps_inside_sqrt
        Whether eps is added to the sum of squares, under the root, as in optax and Keras, or to its
        root, as in torch.
    initial_accumulator
        The sum of squared gradients before the first step; initial_accumulator_value in all three,
        with default 0 in torch and 0.1 in optax and Keras.
    """

    lr: Positive = 0.01
    eps: NonNegative = 1e-10
    eps_inside_sqrt: bool = False
    initial_accumulator: NonNegative = 0.0


class State(NamedTuple):
    total: Array


def init(x: Array, h: Hyper) -> State:
    return State(0 * x + h.initial_accumulator)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g = f.gradient(x)
    total = s.total + g**2
    scale = sqrt(total + h.eps) if h.eps_inside_sqrt else sqrt(total) + h.eps
    return x - h.lr * g / scale, State(total)


OPTIMIZER = Optimizer(
    title="Adagrad",
    cites=(Cite("Duchi, Hazan & Singer 2011", "Figure 1, diagonal", "JMLR 12:2121-2159"),),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="The defaults are torch's. optax starts the accumulator at 0.1 and adds eps inside "
    "the square root; the thesis and Dive into Deep Learning add it inside and start at zero.",
)
