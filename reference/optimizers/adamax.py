"""AdaMax: Adam with the largest recent gradient in place of the root of the mean square.

    m = beta1 m + (1 - beta1) g,  m_hat = m / (1 - beta1^t)
    u = max(beta2 u, |g| + eps),  x = x - lr m_hat / u
    u = max(beta2 u, |g|),        x = x - lr m_hat / (u + eps)      without eps_in_maximum

m and u start at 0, and t is 1 in the first step. The first form is torch.optim.Adamax and
optax.adamax, whose betas and eps these are; the second is Keras's Adamax. The paper has no eps: it
is eps = 0, which divides zero by zero where all gradients so far are zero. Source: Kingma & Ba
2015, Algorithm 2.
"""

from typing import NamedTuple

from reference.first_order import FirstOrder
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of AdaMax, with torch.optim.Adamax's defaults.

    Attributes
    ----------
    lr
        The learning rate, the largest step while the gradients agree; learning_rate in optax and
        Keras, where the default is 0.001, alpha in the paper.
    beta1
        The decay of the average of gradients, the weight of the old one; betas[0] in torch, b1 in
        optax, beta_1 in Keras.
    beta2
        The decay of the largest gradient; betas[1] in torch, b2 in optax, beta_2 in Keras.
    eps
        Added so that the denominator is not zero; epsilon in Keras, by default 1e-7.
    eps_in_maximum
        Whether eps is added to each gradient's size, as in torch and optax, or to the denominator,
        as in Keras.
    """

    lr: Positive = 2e-3
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    eps: NonNegative = 1e-8
    eps_in_maximum: bool = True


class State(NamedTuple):
    m: Array
    u: Array
    t: int


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0 * x, 0)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g, t = f.gradient(x), s.t + 1
    m = h.beta1 * s.m + (1 - h.beta1) * g
    size = abs(g) + h.eps if h.eps_in_maximum else abs(g)
    u = f.xp.maximum(h.beta2 * s.u, size)
    scale = u if h.eps_in_maximum else u + h.eps
    return x - h.lr * (m / (1 - h.beta1**t)) / scale, State(m, u, t)


OPTIMIZER = Optimizer(
    title="AdaMax",
    cites=(Cite("Kingma & Ba 2015", "Algorithm 2", "arXiv:1412.6980"),),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="The paper has no eps. torch and optax add it to the size of each gradient, inside the "
    "maximum, Keras to the denominator.",
)
