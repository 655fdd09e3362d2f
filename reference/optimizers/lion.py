"""Lion: the sign of a mixture of the gradient and its moving average.

    x = x - lr sign(beta1 m + (1 - beta1) g)
    m = beta2 m + (1 - beta2) g

m starts at 0, and the sign of zero is zero. The step uses the old m, and mixes with another weight
than the average does. The paper's decoupled weight decay is weight_decay with weight_decay_form =
"decoupled"; optax.lion, whose betas these are, has 0.001 of it by default, and Keras's Lion none.
With beta2 = beta1 this is optax.signum, the sign of the new average. torch has none. Source: Chen
et al. 2023, Algorithm 2.
"""

from typing import NamedTuple

from reference.first_order import FirstOrder
from reference.objective import Objective
from reference.parameters import Decay, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of Lion, with the paper's betas.

    Attributes
    ----------
    lr
        The learning rate, the length of every step; learning_rate in optax, which has no default,
        and in Keras, where it is 0.001.
    beta1
        The weight of the average in the direction of the step; b1 in optax, beta_1 in Keras.
    beta2
        The decay of the average, the weight of the old one; b2 in optax, beta_2 in Keras.
    """

    lr: Positive = 1e-4
    beta1: Decay = 0.9
    beta2: Decay = 0.99


class State(NamedTuple):
    m: Array


def init(x: Array, h: Hyper) -> State:
    return State(0 * x)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g = f.gradient(x)
    direction = f.xp.sign(h.beta1 * s.m + (1 - h.beta1) * g)
    return x - h.lr * direction, State(h.beta2 * s.m + (1 - h.beta2) * g)


OPTIMIZER = Optimizer(
    title="Lion",
    cites=(Cite("Chen et al. 2023", "Algorithm 2", "arXiv:2302.06675"),),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="Where average and gradient cancel but for rounding, two correct programs may step in "
    "opposite directions: such a run is chaotic from there on.",
)
