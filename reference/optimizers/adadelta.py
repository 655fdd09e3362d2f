"""Adadelta: the step's size is the running size of past steps over that of past gradients."""

from typing import NamedTuple

from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
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
    evaluations=lambda h: {"gradient": 1},
    first_order=True,
    notes="The paper has no learning rate: lr = 1. The numerator uses the previous average of "
    "squared steps, and that average takes the step before lr scales it, as in torch.",
)
