"""Momentum: the steps add up, each remembered for a while."""

from typing import NamedTuple

from reference.objective import Objective
from reference.parameters import Decay, Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """What momentum lets you choose.

    Attributes
    ----------
    lr
        The learning rate, which multiplies the velocity, or with lr_inside the gradient;
        learning_rate in optax and Keras.
    momentum
        The part of the velocity that is kept from one step to the next: momentum of torch's SGD,
        with dampening = 0, of optax.sgd and of Keras's SGD; decay of optax.trace.
    lr_inside
        Whether the learning rate multiplies each gradient as it enters the velocity, as in Keras,
        or the velocity as it leaves, as in torch and optax; the same for a constant lr.
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
