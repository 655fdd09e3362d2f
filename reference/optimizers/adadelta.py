"""Adadelta: the gradient times the ratio of the RMS of past steps to that of past gradients.

    v = decay v + (1 - decay) g^2
    dx = sqrt(d + eps) / sqrt(v + eps) g
    d = decay d + (1 - decay) dx^2,  x = x - lr dx

v and d start at 0. dx uses the previous d, and d averages dx before lr multiplies it. The paper,
Zeiler 2012, Algorithm 1, has no lr, which is lr = 1. The defaults are torch.optim.Adadelta's;
optax.adadelta has the same decay and eps. Keras has learning_rate = 0.001, rho = 0.95 and
epsilon = 1e-7.
"""

from typing import NamedTuple

from reference.first_order import FirstOrder
from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of Adadelta, with torch.optim.Adadelta's defaults.

    Attributes
    ----------
    lr
        The learning rate, a factor of dx; the paper has none. learning_rate in optax and in Keras,
        where the default is 0.001.
    decay
        The decay of both averages, the weight of the old one; rho in the paper, torch, optax and
        Keras, by default 0.9 in torch and optax, 0.95 in Keras.
    eps
        Added to both averages inside their square roots. It sets the size of the first steps.
        epsilon in Keras, by default 1e-7.
    eps_inside_sqrt
        Whether eps is added under both roots, as in the paper and all frameworks, or to both roots,
        as in some tutorials.
    old_average
        Whether the denominator has the average of squared gradients before this step, as in
        TensorFlow.js, whose first step is therefore g, or after it.
    """

    lr: Positive = 1.0
    decay: Decay = 0.9
    eps: NonNegative = 1e-6
    eps_inside_sqrt: bool = True
    old_average: bool = False


class State(NamedTuple):
    g2: Array
    dx2: Array


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0 * x)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g = f.gradient(x)
    g2 = h.decay * s.g2 + (1 - h.decay) * g**2
    square = s.g2 if h.old_average else g2
    if h.eps_inside_sqrt:
        dx = sqrt(s.dx2 + h.eps) / sqrt(square + h.eps) * g
    else:
        dx = (sqrt(s.dx2) + h.eps) / (sqrt(square) + h.eps) * g
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
