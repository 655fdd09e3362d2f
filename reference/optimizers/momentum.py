"""Momentum, the heavy-ball method.

    v = momentum v + (1 - dampening) g,  x = x - lr v
    v = momentum v + (1 - dampening) lr g,  x = x - v          with lr_inside

v starts at 0 and by default is a sum, not an average: dampening is 0, and g has no factor
1 - momentum. The first form is torch.optim.SGD and optax.sgd, the second Keras's SGD; they agree up
to rounding for a constant lr. By default torch and Keras have momentum = 0. With dampening =
momentum v is an average. Sources of the second form: Polyak 1964, eq. 9; Sutskever et al. 2013,
section 2.
"""

from typing import NamedTuple

from reference.first_order import FirstOrder
from reference.objective import Objective
from reference.parameters import Decay, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of momentum.

    Attributes
    ----------
    lr
        The learning rate, a factor of the velocity v, or with lr_inside of the gradient;
        learning_rate in optax and Keras.
    momentum
        The decay of the velocity; momentum of SGD in torch, optax and Keras, decay of optax.trace.
    lr_inside
        Whether lr multiplies the gradient before it is added to the velocity, as in Keras, or the
        velocity, as in torch and optax. It matters only if lr changes.
    dampening
        The gradient enters the velocity with a factor of 1 - dampening; dampening of SGD in torch
        and MLX.
    dampened_first
        Whether the first gradient is dampened too, as in MLX, or enters as it is, as in torch.
    """

    lr: Positive = 0.1
    momentum: Decay = 0.9
    lr_inside: bool = False
    dampening: Decay = 0.0
    dampened_first: bool = False


class State(NamedTuple):
    v: Array
    t: int


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g, t = f.gradient(x), s.t + 1
    if t > 1 or h.dampened_first:
        g = (1 - h.dampening) * g
    if h.lr_inside:
        v = h.momentum * s.v + h.lr * g
        return x - v, State(v, t)
    v = h.momentum * s.v + g
    return x - h.lr * v, State(v, t)


OPTIMIZER = Optimizer(
    title="Momentum",
    cites=(
        Cite("Polyak 1964", "eq. 9", "doi:10.1016/0041-5553(64)90137-5"),
        Cite("Sutskever et al. 2013", "section 2", "PMLR 28(3):1139-1147"),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="Without dampening the velocity is a plain sum, not an average. With lr_inside it "
    "accumulates lr * g, as in Polyak; without, lr multiplies the velocity, as in torch. For a "
    "constant lr the two agree up to rounding.",
)
