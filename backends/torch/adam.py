"""Adam in place, its two corrections of bias moved to the step's scale and to eps."""

from typing import Any, NamedTuple

import torch

from backends.torch._scaled import addcdiv_, addcmul_
from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def factors(h: Any, t: Any) -> tuple[Any, Any]:
    """The learning rate and eps of step ``t``: section 2 of the paper, its last paragraph."""
    root = (1 - h.beta2**t) ** 0.5
    return h.lr * root / (1 - h.beta1**t), h.eps * root


def update(h: Any, x: Array, g: Array, s: Slots, factors: tuple[Any, Any]) -> tuple[Array, Slots]:
    lr, eps = factors
    s.m.lerp_(g, 1 - h.beta1)
    addcmul_(s.v.mul_(h.beta2), g, g, 1 - h.beta2)
    return addcdiv_(x, s.m, s.v.sqrt().add_(eps), -lr), s
