"""RMSProp in place."""

from functools import partial

import torch
from torch import Tensor

from backends._rmsprop import Centered, CenteredMoving, Coefficients, Moving, Slots, empty
from backends._rmsprop import coefficients as coefficients
from backends.torch._scaled import add, add_, addcdiv_, addcmul_
from reference.optimizers.rmsprop import Hyper


def slots(h: Hyper, x: Tensor) -> Slots:
    return empty(h, partial(torch.zeros_like, x), torch.zeros_like(x) + h.initial_average)


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    addcmul_(s.g2.mul_(c.decay), g, g, c.rest)
    variance = s.g2 if c.correction is None else s.g2 * c.correction
    if isinstance(s, (Centered, CenteredMoving)):
        mean = add_(s.mean.mul_(c.decay), g, c.rest)
        mean = mean if c.correction is None else mean * c.correction
        variance = variance.addcmul(mean, mean, value=-1)
    scale = _scale(c, variance)
    if c.momentum is None:
        return addcdiv_(x, g, scale, -(c.lr if c.lr_inside is None else c.lr_inside)), s
    assert isinstance(s, (Moving, CenteredMoving))
    move = g / scale
    move = move if c.lr_inside is None else move.mul_(c.lr_inside)
    velocity = s.velocity.mul_(c.momentum).add_(move)
    return add_(x, add(move, velocity, c.momentum) if c.nesterov else velocity, -c.lr), s


def _scale(c: Coefficients, variance: Tensor) -> Tensor:
    if c.eps_as_minimum:
        return torch.clamp(variance.sqrt(), min=c.eps)
    return variance.add(c.eps).sqrt_() if c.eps_inside_sqrt else variance.sqrt().add_(c.eps)
