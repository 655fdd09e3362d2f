"""NAdam: Adam with Nesterov's momentum, whose weight grows with the steps.

    mu_t = beta1 (1 - momentum_reduction 0.96^(t momentum_decay)),  P_t = mu_1 mu_2 ... mu_t
    m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,  v_hat = v / (1 - beta2^t)
    n = (1 - mu_t) g / (1 - P_t) + mu_(t+1) m / (1 - P_(t+1))
    x = x - lr n / (sqrt(v_hat) + eps)

m and v start at 0, and t is 1 in the first step. This is torch.optim.NAdam, whose defaults these
are; Keras's Nadam has momentum_decay = 1 and epsilon = 1e-7, and the paper 1/250 = 0.004.
optax.nadam has no schedule of the momentum: momentum_reduction = 0. m decays by beta1, not by mu_t,
as in torch, Keras and optax; in the paper by mu_t. Source: Dozat 2016, Algorithm 2.
"""

from collections.abc import Mapping
from math import prod
from typing import NamedTuple

from reference.first_order import FirstOrder
from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Positive, Share
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of NAdam, with torch.optim.NAdam's defaults.

    Attributes
    ----------
    lr
        The learning rate, roughly the size of a step while the gradients agree; learning_rate in
        optax and Keras, where the default is 0.001.
    beta1
        The decay of the average of gradients, and the limit of the momentum mu; betas[0] in torch,
        b1 in optax, beta_1 in Keras.
    beta2
        The decay of the average of squared gradients; betas[1] in torch, b2 in optax, beta_2 in
        Keras.
    eps
        Added to sqrt(v_hat) so that it is not zero; epsilon in Keras, by default 1e-7.
    momentum_decay
        How fast the momentum mu approaches beta1; psi in torch's formula, 1 in Keras.
    momentum_reduction
        The share of beta1 that the momentum mu lacks before the first step: 0.5 in the paper, torch
        and Keras, and 0 in optax, where mu is beta1.
    """

    lr: Positive = 2e-3
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    eps: NonNegative = 1e-8
    momentum_decay: NonNegative = 4e-3
    momentum_reduction: Share = 0.5


class State(NamedTuple):
    m: Array
    v: Array
    t: int
    product: Array  # P_t, a number


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0 * x, 0, 1)


def momentum(h: Hyper, t: int) -> Array:
    """Return mu_t."""
    return h.beta1 * (1 - h.momentum_reduction * 0.96 ** (t * h.momentum_decay))


def numbers(h: Hyper, t: int) -> Mapping[str, Array]:
    """Return the numbers of the state after ``t`` steps."""
    return {"t": t, "product": prod(momentum(h, i) for i in range(1, t + 1))}


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g, t = f.gradient(x), s.t + 1
    now, later = momentum(h, t), momentum(h, t + 1)
    product = s.product * now
    m = h.beta1 * s.m + (1 - h.beta1) * g
    v = h.beta2 * s.v + (1 - h.beta2) * g**2
    ahead = (1 - now) / (1 - product) * g + later / (1 - product * later) * m
    v_hat = v / (1 - h.beta2**t)
    return x - h.lr * ahead / (sqrt(v_hat) + h.eps), State(m, v, t, product)


OPTIMIZER = Optimizer(
    title="NAdam",
    cites=(
        Cite(
            "Dozat 2016",
            "Incorporating Nesterov Momentum into Adam, Algorithm 2",
            "openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ",
        ),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    numbers=numbers,
    notes="torch keeps the product of the momenta in torch's default dtype: where that is float32, "
    "its steps on float64 parameters are off by some 1e-8. optax has a constant momentum.",
)
