"""RMSProp: the gradient divided by the root of a moving average of its square.

    v = decay v + (1 - decay) g^2,  x = x - lr g / (sqrt(v) + eps)

v starts at 0 and has no bias correction. eps is added outside the root, as in torch.optim.RMSprop
with momentum = 0 and centered = False, whose defaults these are. optax.rmsprop (decay = 0.9) and
Keras (rho = 0.9, epsilon = 1e-7) divide by sqrt(v + eps) by default (``eps_inside_sqrt``). Source:
Tieleman & Hinton 2012, lecture 6.5.
"""

from typing import NamedTuple

from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """Hyperparameters of RMSProp, with torch.optim.RMSprop's defaults.

    Attributes
    ----------
    lr
        The learning rate, a factor of the scaled gradient; learning_rate in optax and Keras.
    decay
        The decay of the average of squared gradients, the weight of the old one; alpha in torch,
        rho in Keras, by default 0.99 in torch, 0.9 in optax and Keras.
    eps
        Added to the denominator so that it is not zero; epsilon in Keras, by default 1e-7.
    eps_inside_sqrt
        Whether the denominator is sqrt(v + eps), as in Keras and by default in optax, or
        sqrt(v) + eps, as in torch.
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
