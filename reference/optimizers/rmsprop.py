"""RMSProp: the gradient divided by the root of a moving average of its square.

    v = decay v + (1 - decay) g^2,  x = x - lr g / (sqrt(v) + eps)   as in torch
    x = x - lr g / sqrt(v + eps)                                     eps_inside_sqrt, as in Keras

    m = decay m + (1 - decay) g,  v - m^2 in place of v              centered
    b = momentum b + g / (sqrt(v) + eps),  x = x - lr b              with momentum
    b = momentum b + lr g / sqrt(v + eps),  x = x - b                lr_inside, too, as in Keras

v starts at 0 and has no bias correction. eps is added outside the root, as in torch.optim.RMSprop,
whose defaults these are. optax.rmsprop (decay = 0.9) and Keras (rho = 0.9, epsilon = 1e-7) divide
by sqrt(v + eps) by default (``eps_inside_sqrt``), and have lr inside the momentum. TensorFlow 1
starts the average at 1. Sources: Tieleman & Hinton 2012, lecture 6.5; Graves 2013, eq. 38-45, for
the centered form.
"""

from typing import NamedTuple

from reference.first_order import FirstOrder
from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
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
    eps_as_minimum
        Whether the denominator is sqrt(v), and at least eps, as in Blocks and Pylearn2;
        eps_inside_sqrt then changes nothing.
    centered
        Whether the square of an average of the gradients is subtracted from v; centered in torch,
        optax and Keras.
    momentum
        The decay of a velocity that collects the scaled gradients; momentum in torch, optax and
        Keras. None for no velocity; by default 0 in torch and Keras.
    lr_inside
        Whether lr multiplies the scaled gradient before it is added to the velocity, as in
        TensorFlow, Keras and optax, or the velocity, as in torch. It matters only if lr changes.
    nesterov
        Whether the step is momentum b + the scaled gradient, as nesterov in optax. Without momentum
        it changes nothing.
    bias_correction
        Whether the averages are divided by 1 - decay^t; bias_correction in optax.
    initial_average
        The value of v before the first step; initial_scale in optax, 1 in TensorFlow 1.
    """

    lr: Positive = 0.01
    decay: Decay = 0.99
    eps: NonNegative = 1e-8
    eps_inside_sqrt: bool = False
    eps_as_minimum: bool = False
    centered: bool = False
    momentum: Decay | None = None
    lr_inside: bool = False
    nesterov: bool = False
    bias_correction: bool = False
    initial_average: NonNegative = 0.0


class State(NamedTuple):
    g2: Array
    mean: Array  # None unless centered
    velocity: Array  # None without momentum
    t: int


def init(x: Array, h: Hyper) -> State:
    mean, velocity = (0 * x if used else None for used in (h.centered, h.momentum is not None))
    return State(0 * x + h.initial_average, mean, velocity, 0)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g, t = f.gradient(x), s.t + 1
    g2, mean = h.decay * s.g2 + (1 - h.decay) * g**2, s.mean
    correction = 1 - h.decay**t if h.bias_correction else 1.0
    variance = g2 / correction
    if h.centered:
        mean = h.decay * s.mean + (1 - h.decay) * g
        variance = variance - (mean / correction) ** 2
    if h.eps_as_minimum:
        scale = f.xp.maximum(sqrt(variance), h.eps)
    else:
        scale = sqrt(variance + h.eps) if h.eps_inside_sqrt else sqrt(variance) + h.eps
    inside, outside = (h.lr, 1.0) if h.lr_inside else (1.0, h.lr)
    move, velocity = inside * g / scale, s.velocity
    if h.momentum is not None:
        velocity = h.momentum * s.velocity + move
        move = h.momentum * velocity + move if h.nesterov else velocity
    return x - outside * move, State(g2, mean, velocity, t)


OPTIMIZER = Optimizer(
    title="RMSProp",
    cites=(
        Cite("Tieleman & Hinton 2012", "Neural Networks for Machine Learning, lecture 6.5"),
        Cite("Graves 2013", "eq. 38-45", "arXiv:1308.0850"),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="decay weighs the old average: torch calls it alpha, Keras rho, the thesis gamma. "
    "eps stands outside the square root, as in torch, unless eps_inside_sqrt.",
)
