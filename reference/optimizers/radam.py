"""RAdam: Adam whose steps are not scaled while too few squared gradients are averaged.

    m = beta1 m + (1 - beta1) g,  m_hat = m / (1 - beta1^t)
    v = beta2 v + (1 - beta2) g^2,  v_hat = v / (1 - beta2^t)
    rho_inf = 2 / (1 - beta2) - 1,  rho = rho_inf - 2 t beta2^t / (1 - beta2^t)
    r = sqrt((rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho))
    x = x - lr m_hat                               while rho <= threshold, then
    x = x - lr r m_hat sqrt(1 - beta2^t) / (sqrt(v) + eps)
    x = x - lr r m_hat / (sqrt(v_hat) + eps)       without eps_before_correction

m and v start at 0, and t is 1 in the first step. rho is the length of the average, about t in the
first steps. The threshold is 5 in torch and optax, and 4 in the paper, below which r is not real.
Where rho equals the threshold, optax takes the scaled step. torch.optim.RAdam, whose defaults these
are, adds eps to sqrt(v), and optax.radam to sqrt(v_hat). Source: Liu et al. 2020, Algorithm 2.
"""

from typing import Annotated, NamedTuple

from reference.first_order import FirstOrder
from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, Interval, NonNegative, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of RAdam, with torch.optim.RAdam's defaults.

    Attributes
    ----------
    lr
        The learning rate; learning_rate in optax.
    beta1
        The decay of the average of gradients, the weight of the old one; betas[0] in torch, b1 in
        optax.
    beta2
        The decay of the average of squared gradients; betas[1] in torch, b2 in optax. Up to 0.6
        (2/3 for a threshold of 5) no step is ever scaled.
    eps
        Added to the root of the average, so that it is not zero.
    eps_before_correction
        Whether eps is added to sqrt(v), before the bias correction, as in torch, or to sqrt(v_hat),
        as in optax.
    threshold
        The length rho of the average above which steps are scaled; threshold in optax, 5 in torch.
    """

    lr: Positive = 1e-3
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    eps: NonNegative = 1e-8
    eps_before_correction: bool = True
    threshold: Annotated[float, Interval(low=4)] = 5.0


class State(NamedTuple):
    m: Array
    v: Array
    t: int


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0 * x, 0)


def rectification(h: Hyper, t: int) -> Array | None:
    """Return r in step ``t``; None while the average is too short."""
    limit = 2 / (1 - h.beta2) - 1
    rho = limit - 2 * t * h.beta2**t / (1 - h.beta2**t)
    if rho <= h.threshold:
        return None
    return sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g, t = f.gradient(x), s.t + 1
    m = h.beta1 * s.m + (1 - h.beta1) * g
    v = h.beta2 * s.v + (1 - h.beta2) * g**2
    move, r, bias = h.lr / (1 - h.beta1**t) * m, rectification(h, t), 1 - h.beta2**t
    if r is None:
        return x - move, State(m, v, t)
    if h.eps_before_correction:
        return x - r * sqrt(bias) * move / (sqrt(v) + h.eps), State(m, v, t)
    return x - r * move / (sqrt(v / bias) + h.eps), State(m, v, t)


OPTIMIZER = Optimizer(
    title="RAdam",
    cites=(Cite("Liu et al. 2020", "Algorithm 2", "arXiv:1908.03265"),),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="rho is a difference that loses as many digits as rho_inf has; here it is computed "
    "without. optax takes it in float32: with beta2 = 0.999 its steps are off by some 40 times "
    "what rounding allows, and with 0.9999 it scales the second step, whose rho is 2. torch takes "
    "it in float64.",
)
