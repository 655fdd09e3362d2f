"""Adan: Adam with Nesterov's momentum from the differences of successive gradients.

    d = g - (the last g),  0 in the first step;  w = beta2
    m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) d
    n = beta3 n + (1 - beta3) (g + w d)^2
    m_hat = m / (1 - beta1^t),  v_hat = v / (1 - beta2^t),  n_hat = n / (1 - beta3^t)
    x = x - lr (m_hat + w v_hat) / (sqrt(n_hat + eps_root) + eps)

m, v and n start at 0, and t is 1 in the first step. Betas are the weights of the old averages, as
in the authors' code, whose defaults these are, and in optax.adan; in the paper they are those of
the new gradient, 1 minus ours. There the weight of the difference is 1 - beta2, which is our beta2.
optax takes 1 - beta2 of its own instead, 0.08 for 0.92 (``difference_weight``), a mistake that its
change request 1715 mends; and eps_root = 1e-8. The paper starts m at the first g and n at its
square, without bias correction. The authors' weight decay divides the new parameters by 1 + lr
weight_decay, which is not expressed here. torch and Keras have none. Source: Xie et al. 2022,
Algorithm 1.
"""

from typing import Literal, NamedTuple

from reference.first_order import FirstOrder
from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of Adan, with the defaults of its authors' code.

    Attributes
    ----------
    lr
        The learning rate; learning_rate in optax, eta in the paper.
    beta1
        The decay of the average of gradients, the weight of the old one; b1 in optax, 1 - beta1 in
        the paper.
    beta2
        The decay of the average of differences; b2 in optax, 1 - beta2 in the paper.
    beta3
        The decay of the average of squares; b3 in optax, 1 - beta3 in the paper.
    eps
        Added to the root of n_hat so that it is not zero.
    eps_root
        Added to n_hat inside the root; by default 1e-8 in optax, which alone has it.
    difference_weight
        The weight w of the difference: "beta2" as in the paper and its authors' code, or
        "1 - beta2" as in optax.
    """

    lr: Positive = 1e-3
    beta1: Decay = 0.98
    beta2: Decay = 0.92
    beta3: Decay = 0.99
    eps: NonNegative = 1e-8
    eps_root: NonNegative = 0.0
    difference_weight: Literal["beta2", "1 - beta2"] = "beta2"


class State(NamedTuple):
    m: Array
    v: Array
    n: Array
    g: Array  # the last gradient
    t: int


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0 * x, 0 * x, 0 * x, 0)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g, t = f.xp.broadcast_to(f.gradient(x), x.shape), s.t + 1
    d = g - s.g if t > 1 else 0 * g
    w = h.beta2 if h.difference_weight == "beta2" else 1 - h.beta2
    m = h.beta1 * s.m + (1 - h.beta1) * g
    v = h.beta2 * s.v + (1 - h.beta2) * d
    n = h.beta3 * s.n + (1 - h.beta3) * (g + w * d) ** 2
    m_hat, v_hat, n_hat = m / (1 - h.beta1**t), v / (1 - h.beta2**t), n / (1 - h.beta3**t)
    new = x - h.lr * (m_hat + w * v_hat) / (sqrt(n_hat + h.eps_root) + h.eps)
    return new, State(m, v, n, g, t)


OPTIMIZER = Optimizer(
    title="Adan",
    cites=(Cite("Xie et al. 2022", "Algorithm 1", "arXiv:2208.06677"),),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="optax.adan weighs differences by 1 - beta2 where its own documentation, read with its "
    "betas, has beta2.",
)
