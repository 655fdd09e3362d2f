"""Yogi: Adam whose average of squared gradients changes by at most the square, whatever it is.

    m = beta1 m + (1 - beta1) g,  m_hat = m / (1 - beta1^t)
    v = v - (1 - beta2) sign(v - g^2) g^2,  v_hat = v / (1 - beta2^t)
    x = x - lr m_hat / (sqrt(v_hat) + eps)
    x = x - lr m / (sqrt(v) + eps)       without bias_correction

m starts at initial_average, v at initial_accumulator, and t is 1 in the first step; the sign of
zero is zero. optax.yogi, whose defaults these are, starts both at 1e-6 and corrects their bias,
although they do not start at zero. The paper has no bias correction, and starts m at 0. torch and
Keras have none. Source: Zaheer et al. 2018, Algorithm 2.
"""

from typing import NamedTuple

from reference.first_order import FirstOrder
from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, Finite, NonNegative, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of Yogi, with optax.yogi's defaults and the paper's learning rate.

    Attributes
    ----------
    lr
        The learning rate; learning_rate in optax, which has no default, eta in the paper.
    beta1
        The decay of the average of gradients, the weight of the old one; b1 in optax.
    beta2
        One minus the share of a squared gradient by which v changes; b2 in optax.
    eps
        Added to the root of v so that it is not zero.
    initial_average
        The value of m before the first step; 1e-6 in optax, where it is that of v, 0 in the paper.
    initial_accumulator
        The value of v before the first step; initial_accumulator_value in optax.scale_by_yogi.
    bias_correction
        Whether both averages are divided by 1 minus their decay to the power t, as in optax, or
        not, as in the paper.
    """

    lr: Positive = 0.01
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    eps: NonNegative = 1e-3
    initial_average: Finite = 1e-6
    initial_accumulator: NonNegative = 1e-6
    bias_correction: bool = True


class State(NamedTuple):
    m: Array
    v: Array
    t: int


def init(x: Array, h: Hyper) -> State:
    return State(0 * x + h.initial_average, 0 * x + h.initial_accumulator, 0)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g, t = f.gradient(x), s.t + 1
    m = h.beta1 * s.m + (1 - h.beta1) * g
    v = s.v - (1 - h.beta2) * f.xp.sign(s.v - g**2) * g**2
    m_hat, v_hat = m, v
    if h.bias_correction:
        m_hat, v_hat = m / (1 - h.beta1**t), v / (1 - h.beta2**t)
    return x - h.lr * m_hat / (sqrt(v_hat) + h.eps), State(m, v, t)


OPTIMIZER = Optimizer(
    title="Yogi",
    cites=(
        Cite(
            "Zaheer et al. 2018",
            "Adaptive Methods for Nonconvex Optimization, Algorithm 2",
            "NeurIPS 31",
        ),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="Where v is as large as g^2 but for rounding, two correct programs may add and subtract: "
    "such a run is chaotic from there on.",
)
