"""Adam in place."""

from typing import Any, NamedTuple

import torch

from reference.spec import Array


class Slots(NamedTuple):
    m: Array
    v: Array


def slots(h: Any, x: Array) -> Slots:
    return Slots(torch.zeros_like(x), torch.zeros_like(x))


def update(h: Any, x: Array, g: Array, s: Slots, t: Any) -> tuple[Array, Slots]:
    s.m.mul_(h.beta1).add_(g, alpha=1 - h.beta1)
    s.v.mul_(h.beta2).addcmul_(g, g, value=1 - h.beta2)
    scale = s.v.div(1 - h.beta2**t).sqrt_().add_(h.eps)
    return x.addcdiv_(s.m.div(1 - h.beta1**t), scale, value=-h.lr), s
