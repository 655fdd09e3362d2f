"""Adam: bias-corrected moving averages of the gradient and of its square.

    m = beta1 m + (1 - beta1) g,  m_hat = m / (1 - beta1^t)
    v = beta2 v + (1 - beta2) g^2,  v_hat = v / (1 - beta2^t)
    x = x - lr m_hat / (sqrt(v_hat + eps_root) + eps)

    x = x - lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v + eps_root) + eps)    with eps_hat

m and v start at 0, and t is 1 in the first step. By default eps_root is 0 and eps is added outside
the root of v_hat, as in torch.optim.Adam and optax.adam, whose betas and eps these are. Keras,
TensorFlow, MXNet, Chainer and scikit-learn have eps_hat, Keras with eps = 1e-7; tiny-dnn has
eps_root alone, Objax eps_root with eps_hat. MLX by default has no bias correction. AMSGrad puts the
largest v so far in place of v. Sources: Kingma & Ba 2015, Algorithm 1, and the end of section 2 for
eps_hat; Reddi, Kale & Kumar 2018, Algorithm 2, for AMSGrad; Dozat 2016 for Nesterov.
"""

from typing import Literal, NamedTuple

from reference.first_order import FirstOrder
from reference.numbers import sqrt
from reference.objective import Objective
from reference.parameters import Decay, NonNegative, Positive, Share
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of Adam, with torch.optim.Adam's defaults.

    Attributes
    ----------
    lr
        The learning rate, roughly the size of a step while the gradients agree; learning_rate in
        optax and Keras, alpha in the paper.
    beta1
        The decay of the average of gradients, the weight of the old one; betas[0] in torch, b1 in
        optax, beta_1 in Keras.
    beta2
        The decay of the average of squared gradients; betas[1] in torch, b2 in optax, beta_2 in
        Keras.
    eps
        Added to the root, so that the denominator is not zero. epsilon in Keras, by default 1e-7.
    eps_root
        Added under the root; eps_root in optax, by default 0.
    eps_hat
        Whether eps and eps_root are added to v before its bias correction, as epsilon-hat in the
        paper and in Keras, or after it, as in torch and optax.
    bias_correction
        Whether m and v are divided by 1 - beta^t; bias_correction of MLX, by default False there.
    amsgrad
        Whether the largest v so far stands in place of v: "none"; "raw", the largest v, as amsgrad
        in torch, and with eps_hat in Keras; "corrected", the largest v_hat, as in optax.amsgrad,
        where eps_hat changes nothing.
    nesterov
        What stands in place of m: "none", m itself; "next", beta1 m + (1 - beta1) g with m
        corrected as in the next step, as nesterov in optax; "same", corrected as in this step, as
        use_nesterov in TensorFlow. Without bias correction both are the same.
    beta1_decay
        The factor of beta1 from one step to the next, except in the bias correction; lambda in the
        paper's first version and in torch7, where it is 1 - 1e-8.
    """

    lr: Positive = 1e-3
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    eps: NonNegative = 1e-8
    eps_root: NonNegative = 0.0
    eps_hat: bool = False
    bias_correction: bool = True
    amsgrad: Literal["none", "raw", "corrected"] = "none"
    nesterov: Literal["none", "next", "same"] = "none"
    beta1_decay: Share = 1.0


class State(NamedTuple):
    m: Array
    v: Array
    largest: Array | None
    t: int


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0 * x, None if h.amsgrad == "none" else 0 * x, 0)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g, t = f.gradient(x), s.t + 1
    beta1 = h.beta1 * h.beta1_decay**s.t
    m = beta1 * s.m + (1 - beta1) * g
    v = h.beta2 * s.v + (1 - h.beta2) * g**2

    def correction(beta: float, t: int) -> float:
        return 1 - beta**t if h.bias_correction else 1.0

    c1, c2 = correction(h.beta1, t), correction(h.beta2, t)
    ahead = c1 if h.nesterov == "same" else correction(h.beta1, t + 1)
    m_hat = m / c1 if h.nesterov == "none" else beta1 * m / ahead + (1 - beta1) * g / c1
    largest, second = s.largest, v
    if h.amsgrad != "none":
        largest = second = f.xp.maximum(s.largest, v / c2 if h.amsgrad == "corrected" else v)
    if h.amsgrad == "corrected":
        scale = sqrt(second + h.eps_root) + h.eps
    elif h.eps_hat:
        scale = (sqrt(second + h.eps_root) + h.eps) / sqrt(c2)
    else:
        scale = sqrt(second / c2 + h.eps_root) + h.eps
    return x - h.lr * m_hat / scale, State(m, v, largest, t)


OPTIMIZER = Optimizer(
    title="Adam",
    cites=(
        Cite("Kingma & Ba 2015", "Algorithm 1", "arXiv:1412.6980"),
        Cite("Reddi, Kale & Kumar 2018", "Algorithm 2", "arXiv:1904.09237"),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="eps is added outside the square root, as in the paper, torch and optax, unless eps_hat "
    "or eps_root say otherwise. The first update is t = 1; a text that counts from zero would "
    "divide by zero.",
)
