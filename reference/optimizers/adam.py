"""Adam: first and second moments of the gradient, corrected for their start at zero."""

from typing import NamedTuple

from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """What Adam lets you choose.

    Attributes
    ----------
    lr
        The learning rate, about the size of a step while gradients agree; learning_rate in optax
        and Keras, alpha in the paper.
    beta1
        The weight of the old average of gradients; the first of betas in torch, b1 in optax, beta_1
        in Keras.
    beta2
        The weight of the old average of squared gradients; the second of betas in torch, b2 in
        optax, beta_2 in Keras.
    eps
        What is added to the root of the corrected average of squares, so that it is not zero; Keras
        calls it epsilon, with default 1e-7, and adds it to the root before the correction.
    """

    lr: Positive = 1e-3
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    eps: NonNegative = 1e-8


class State(NamedTuple):
    m: Array
    v: Array
    t: int


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0 * x, 0)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g, t = f.gradient(x), s.t + 1
    m = h.beta1 * s.m + (1 - h.beta1) * g
    v = h.beta2 * s.v + (1 - h.beta2) * g**2
    m_hat, v_hat = m / (1 - h.beta1**t), v / (1 - h.beta2**t)
    return x - h.lr * m_hat / (sqrt(v_hat) + h.eps), State(m, v, t)


OPTIMIZER = Optimizer(
    title="Adam",
    cites=(Cite("Kingma & Ba 2015", "Algorithm 1", "arXiv:1412.6980"),),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="eps is added outside the square root, as in the paper, torch and optax. The first "
    "update is t = 1; a text that counts from zero would divide by zero.",
)
