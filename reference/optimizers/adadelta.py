"""Adadelta: the step's size is the running size of past steps over that of past gradients."""

from typing import NamedTuple

from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """What Adadelta lets you choose.

    Attributes
    ----------
    lr
        The learning rate, which multiplies the step that Adadelta finds; the paper has none, which
        is 1. learning_rate in optax and Keras, whose default is 0.001.
    decay
        The weight of the old averages, of squared gradients and of squared steps; rho in the paper,
        torch, optax and Keras, with defaults 0.9 in torch and optax, 0.95 in Keras.
    eps
        What is added to both averages under their roots: it also sets the size of the first steps;
        Keras calls it epsilon, with default 1e-7.
    """

    lr: Positive = 1.0
    decay: Decay = 0.9
    eps: NonNegative = 1e-6


class State(NamedTuple):
    g2: Array
    dx2: Array


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0 * x)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g = f.gradient(x)
    g2 = h.decay * s.g2 + (1 - h.decay) * g**2
    dx = sqrt(s.dx2 + h.eps) / sqrt(g2 + h.eps) * g
    dx2 = h.decay * s.dx2 + (1 - h.decay) * dx**2
    return x - h.lr * dx, State(g2, dx2)


OPTIMIZER = Optimizer(
    title="Adadelta",
    cites=(Cite("Zeiler 2012", "Algorithm 1", "arXiv:1212.5701"),),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="The paper has no learning rate: lr = 1. The numerator uses the previous average of "
    "squared steps, and that average takes the step before lr scales it, as in torch.",
)
