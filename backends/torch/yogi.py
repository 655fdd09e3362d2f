"""Yogi in place, with the bias corrections folded into lr and eps."""

from typing import NamedTuple

import torch
from torch import Tensor

from backends.coefficients import one_minus_power
from backends.torch._scaled import addcdiv_, addcmul_, average_
from reference.arrays import Ints
from reference.optimizers.yogi import Hyper


class Slots(NamedTuple):
    m: Tensor
    v: Tensor


class Coefficients(NamedTuple):
    beta1: float
    rest1: float  # 1 - beta1
    rest2: float  # 1 - beta2
    lr: float  # lr sqrt(1 - beta2^t) / (1 - beta1^t), or lr
    eps: float  # eps sqrt(1 - beta2^t), or eps


def coefficients(h: Hyper, t: int | Ints) -> Coefficients:
    lr, eps = h.lr, h.eps
    if h.bias_correction:
        root = one_minus_power(h.beta2, t) ** 0.5
        lr, eps = lr * root / one_minus_power(h.beta1, t), eps * root
    return Coefficients(h.beta1, 1 - h.beta1, 1 - h.beta2, lr, eps)


def slots(h: Hyper, x: Tensor) -> Slots:
    return Slots(
        torch.zeros_like(x) + h.initial_average, torch.zeros_like(x) + h.initial_accumulator
    )


def update(c: Coefficients, x: Tensor, g: Tensor, s: Slots) -> tuple[Tensor, Slots]:
    average_(s.m, g, c.beta1, c.rest1)
    square = g * g
    addcmul_(s.v, torch.sub(s.v, square).sign_(), square, -c.rest2)
    return addcdiv_(x, s.m, s.v.sqrt().add_(c.eps), -c.lr), s
