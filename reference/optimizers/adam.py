"""Adam: bias-corrected moving averages of the gradient and of its square.

    m = beta1 m + (1 - beta1) g,  m_hat = m / (1 - beta1^t)
    v = beta2 v + (1 - beta2) g^2,  v_hat = v / (1 - beta2^t)
    x = x - lr m_hat / (sqrt(v_hat) + eps)

m and v start at 0, and t is 1 in the first step. eps is added outside the root of v_hat, as in
torch.optim.Adam and optax.adam, whose betas and eps these are. Keras instead computes
x - lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon) with epsilon = 1e-7. Source:
Kingma & Ba 2015, Algorithm 1; Keras's form is at the end of section 2.
"""

from typing import NamedTuple

from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """Hyperparameters of Adam, with torch.optim.Adam's defaults.

    Attributes
    ----------
    lr
        The learning rate, roughly the size of a step while the gradients agree; learning_rate in
        optax and Keras, alpha in the paper.
    beta1
        The decay of the average of gradients, the weight of the old one; betas[0] in torch, b1 in
        optax, beta_1 in Keras.
    beta2
        The decay of the average of squared gradients; betas[1] in torch, b2 in optax, beta_2 in
        Keras.
    eps
        Added to sqrt(v_hat) so that it is not zero. Keras adds epsilon, by default 1e-7, to sqrt(v)
        instead, before the bias correction.
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
