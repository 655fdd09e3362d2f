"""Adam's state and the coefficients of its steps, the same on every backend."""

from typing import Any, NamedTuple

from backends.coefficients import one_minus_power, unless
from reference.arrays import Ints
from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


class AmsgradSlots(NamedTuple):
    m: Array
    v: Array
    largest: Array


class Coefficients(NamedTuple):
    """Coefficients of step t, with both bias corrections folded into the others.

    That is the form at the end of section 2 of Kingma & Ba 2015: lr m / (sqrt(v + root) + eps).
    None stands for what is not used.
    """

    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    rest2: float  # 1 - beta2
    lr: float  # lr sqrt(1 - beta2^t) / (1 - beta1^t)
    eps: float  # eps sqrt(1 - beta2^t), or eps with eps_hat
    root: float | None  # eps_root (1 - beta2^t), or eps_root with eps_hat
    correction2: float | None  # 1 / (1 - beta2^t), where the largest v_hat is kept
    ahead: float | None  # the weight of m beside rest1 g


def coefficients(h: Any, t: int | Ints) -> Coefficients:
    def correction(beta: Any, t: Any) -> Any:
        return one_minus_power(beta, t) if h.bias_correction else 1.0

    beta1 = h.beta1 if unless(1, h.beta1_decay) is None else h.beta1 * h.beta1_decay ** (t - 1)
    c1, c2, ahead = correction(h.beta1, t), correction(h.beta2, t), None
    if h.nesterov != "none":
        ahead = beta1 * c1 / correction(h.beta1, t + 1) if h.nesterov == "next" else beta1
    lr, eps, root, correction2 = h.lr / c1, h.eps, unless(0, h.eps_root), None
    if h.amsgrad == "corrected":
        correction2 = 1 / c2
    else:
        lr = lr * c2**0.5
        if not h.eps_hat:
            eps, root = eps * c2**0.5, root if root is None else root * c2
    weights = beta1, 1 - beta1, h.beta2, 1 - h.beta2
    return Coefficients(*weights, lr, eps, root, correction2, ahead)
