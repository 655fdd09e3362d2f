"""Momentum, the heavy-ball method.

    v = momentum v + g,  x = x - lr v
    v = momentum v + lr g,  x = x - v          with lr_inside

v starts at 0 and is a sum, not an average: g has no factor 1 - momentum. The first form is
torch.optim.SGD with dampening = 0 and optax.sgd, the second Keras's SGD; they agree up to rounding
for a constant lr. By default torch and Keras have momentum = 0. Sources of the second form: Polyak
1964, eq. 9; Sutskever et al. 2013, section 2.
"""

from typing import NamedTuple

from reference.objective import Objective
from reference.parameters import Decay, Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """Hyperparameters of momentum.

    Attributes
    ----------
    lr
        The learning rate, a factor of the velocity v, or with lr_inside of the gradient;
        learning_rate in optax and Keras.
    momentum
        The decay of the velocity; momentum of SGD in torch (with dampening = 0), optax and Keras,
        decay of optax.trace.
    lr_inside
        Whether lr multiplies the gradient before it is added to the velocity, as in Keras, or the
        velocity, as in torch and optax. It matters only if lr changes.
    """

    lr: Positive = 0.1
    momentum: Decay = 0.9
    lr_inside: bool = False


class State(NamedTuple):
    v: Array


def init(x: Array, h: Hyper) -> State:
    return State(0 * x)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g = f.gradient(x)
    if h.lr_inside:
        v = h.momentum * s.v + h.lr * g
        return x - v, State(v)
    v = h.momentum * s.v + g
    return x - h.lr * v, State(v)


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
    notes="The velocity is a plain sum, not an average. With lr_inside it accumulates lr * g, "
    "as in Polyak; without, lr multiplies the velocity, as in torch. For a constant lr the two "
    "agree up to rounding.",
)
