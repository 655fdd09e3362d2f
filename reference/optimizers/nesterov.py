"""Nesterov's accelerated gradient, in the form that needs the gradient at the current point only.

    v = momentum v + g,  x = x - lr (g + momentum v)

v starts at 0. x is the look-ahead point of Sutskever et al. 2013, section 2, eqs. 3-4, so there is
no second gradient; the point theta before the look-ahead, which some texts print, is
x + lr momentum v. This is torch.optim.SGD and optax.sgd with nesterov = True. Keras's SGD adds
lr g instead of g to v, which is the same up to rounding for a constant lr.
"""

from typing import NamedTuple

from reference.first_order import FirstOrder
from reference.objective import Objective
from reference.parameters import Decay, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of Nesterov's accelerated gradient.

    Attributes
    ----------
    lr
        The learning rate, a factor of g + momentum v; learning_rate in optax and Keras.
    momentum
        The decay of the velocity; momentum of SGD with nesterov=True in torch, optax and Keras,
        decay of optax.trace.
    lr_inside
        Whether lr multiplies the gradient before it is added to the velocity, as in Keras,
        TensorFlow and MXNet, or the step, as in torch and optax. It matters only if lr changes.
    dampening
        The gradient enters the velocity with a factor of 1 - dampening; dampening of Momentum in
        burn. torch allows none with nesterov=True.
    dampened_first
        Whether the first gradient is dampened too, or enters as it is, as in burn.
    twice
        Whether the step is (1 + momentum) g + momentum^2 v, as in Chainer's NesterovAG: a form that
        is made for the velocity before the step, with the one after it.
    """

    lr: Positive = 0.1
    momentum: Decay = 0.9
    lr_inside: bool = False
    dampening: Decay = 0.0
    dampened_first: bool = False
    twice: bool = False


class State(NamedTuple):
    v: Array
    t: int


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g, t = f.gradient(x), s.t + 1
    inside, outside = (h.lr, 1.0) if h.lr_inside else (1.0, h.lr)
    g = inside * g
    v = h.momentum * s.v + ((1 - h.dampening) * g if t > 1 or h.dampened_first else g)
    own, ahead = (1 + h.momentum, h.momentum**2) if h.twice else (1, h.momentum)
    return x - outside * (own * g + ahead * v), State(v, t)


OPTIMIZER = Optimizer(
    title="Nesterov momentum",
    cites=(
        Cite("Nesterov 1983", "Soviet Mathematics Doklady 27:372-376"),
        Cite("Sutskever et al. 2013", "section 2, eq. 3-4", "PMLR 28(3):1139-1147"),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="The variable stored is the one looked ahead to, as in torch and optax: the step is "
    "g + momentum * v, with no second gradient.",
)
