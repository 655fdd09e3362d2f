"""AdaBelief: Adam that divides by how far the gradient is from its own average.

    m = beta1 m + (1 - beta1) g,  m_hat = m / (1 - beta1^t)
    s = beta2 s + (1 - beta2) (g - m)^2 + eps_root,  s_hat = s / (1 - beta2^t)
    x = x - lr m_hat / (sqrt(s_hat) + eps)

m and s start at 0, and t is 1 in the first step. The m in the difference is the new one. eps_root
is added in every step and kept, so s_hat has eps_root / (1 - beta2) more in the end. In the paper,
and in the authors' code, both are the same epsilon: 1e-8 in the paper, 1e-16 in the code;
optax.adabelief has two, both 1e-16. torch and Keras have none. Source: Zhuang et al. 2020,
Algorithm 2.
"""

from typing import NamedTuple

from reference.first_order import FirstOrder
from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of AdaBelief, with optax.adabelief's defaults.

    Attributes
    ----------
    lr
        The learning rate; learning_rate in optax, alpha in the paper.
    beta1
        The decay of the average of gradients, the weight of the old one; b1 in optax.
    beta2
        The decay of the average of squared differences; b2 in optax.
    eps
        Added to sqrt(s_hat) so that it is not zero; the paper's epsilon is this and eps_root.
    eps_root
        Added to s in every step.
    """

    lr: Positive = 1e-3
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    eps: NonNegative = 1e-16
    eps_root: NonNegative = 1e-16


class State(NamedTuple):
    m: Array
    s: Array
    t: int


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0 * x, 0)


def step(f: Objective, h: Hyper, x: Array, state: State) -> tuple[Array, State]:
    g, t = f.gradient(x), state.t + 1
    m = h.beta1 * state.m + (1 - h.beta1) * g
    s = h.beta2 * state.s + (1 - h.beta2) * (g - m) ** 2 + h.eps_root
    m_hat, s_hat = m / (1 - h.beta1**t), s / (1 - h.beta2**t)
    return x - h.lr * m_hat / (sqrt(s_hat) + h.eps), State(m, s, t)


OPTIMIZER = Optimizer(
    title="AdaBelief",
    cites=(Cite("Zhuang et al. 2020", "Algorithm 2", "arXiv:2010.07468"),),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="Until its change 1130 of November 2024, optax took the difference to the old average, "
    "g - m before the step, which is 1 / beta1 times as long: results of those versions differ.",
)
