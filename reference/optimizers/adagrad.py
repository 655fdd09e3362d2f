"""Adagrad: the gradient divided by the root of the sum of all squared gradients.

    s = s + g^2,  x = x - lr g / (sqrt(s) + eps)

    m = momentum m + (1 - momentum) g / (sqrt(s) + eps),  x = x - lr m    with momentum

s starts at 0 and eps is added outside the root, as in torch.optim.Adagrad with lr_decay = 0, whose
defaults these are. optax.adagrad and Keras start s at 0.1 and divide by sqrt(s + eps) with
eps = 1e-7 (``eps_inside_sqrt``). jax.example_libraries has momentum = 0.9 and eps = 0, where a step
from s = 0 is 0. Source: Duchi, Hazan & Singer 2011, Figure 1, diagonal matrices.
"""

from typing import NamedTuple

from reference.first_order import FirstOrder
from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of Adagrad, with torch.optim.Adagrad's defaults.

    Attributes
    ----------
    lr
        The learning rate, a factor of the scaled gradient; learning_rate in optax and Keras.
    eps
        Added to the denominator so that it is not zero; by default 1e-7 in optax and in Keras,
        where it is epsilon. With 0, a parameter that has had no gradient but zero stays.
    eps_inside_sqrt
        Whether the denominator is sqrt(s + eps), as in optax and Keras, or sqrt(s) + eps, as in
        torch.
    initial_accumulator
        The value of s before the first step; initial_accumulator_value in torch, optax and Keras,
        by default 0 in torch and 0.1 in optax and Keras.
    momentum
        The decay of an average m of the scaled gradients, the weight of the old one, which takes
        their place in the step; momentum in jax.example_libraries. None for no average.
    """

    lr: Positive = 0.01
    eps: NonNegative = 1e-10
    eps_inside_sqrt: bool = False
    initial_accumulator: NonNegative = 0.0
    momentum: Decay | None = None


class State(NamedTuple):
    total: Array
    average: Array


def init(x: Array, h: Hyper) -> State:
    return State(0 * x + h.initial_accumulator, None if h.momentum is None else 0 * x)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g = f.gradient(x)
    total = s.total + g**2
    scale = sqrt(total + h.eps) if h.eps_inside_sqrt else sqrt(total) + h.eps
    if h.eps == 0:
        scale = f.xp.maximum(scale, 1 - f.xp.sign(total))  # 1 where it is 0, as g is then
    if h.momentum is None:
        return x - h.lr * g / scale, State(total, None)
    average = h.momentum * s.average + (1 - h.momentum) * (g / scale)
    return x - h.lr * average, State(total, average)


OPTIMIZER = Optimizer(
    title="Adagrad",
    cites=(Cite("Duchi, Hazan & Singer 2011", "Figure 1, diagonal", "JMLR 12:2121-2159"),),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="The defaults are torch's. optax starts the accumulator at 0.1 and adds eps inside "
    "the square root; the thesis and Dive into Deep Learning add it inside and start at zero.",
)
