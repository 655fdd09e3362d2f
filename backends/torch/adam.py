"""Adam in place."""

from typing import Any, NamedTuple

import torch

from backends.torch._scaled import add_, addcdiv_, addcmul_
from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def factors(h: Any, t: Any) -> tuple[Any, Any]:
    """What corrects the bias of the two means after ``t`` steps."""
    return 1 - h.beta1**t, 1 - h.beta2**t


def update(h: Any, x: Array, g: Array, s: Slots, biases: Any) -> tuple[Array, Slots]:
    bias1, bias2 = biases
    add_(s.m.mul_(h.beta1), g, 1 - h.beta1)
    addcmul_(s.v.mul_(h.beta2), g, g, 1 - h.beta2)
    scale = s.v.div(bias2).sqrt_().add_(h.eps)
    return addcdiv_(x, s.m.div(bias1), scale, -h.lr), s
