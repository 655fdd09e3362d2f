"""Scaled sums whose scale is a float, or in a sweep a tensor (M, 1).

For a float they use torch's fused ``alpha`` and ``value`` arguments, which accept no tensor. As in
torch, a trailing underscore means in place on ``x``.
"""

import torch
from torch import Tensor


def add(x: Tensor, y: Tensor, scale: float | Tensor) -> Tensor:
    """Return x + scale * y, a new tensor."""
    return x.add(y, alpha=scale) if isinstance(scale, float) else x.addcmul(y, scale)


def add_(x: Tensor, y: Tensor, scale: float | Tensor) -> Tensor:
    """x += scale * y."""
    return x.add_(y, alpha=scale) if isinstance(scale, float) else x.addcmul_(y, scale)


def addcmul_(x: Tensor, a: Tensor, b: Tensor, scale: float | Tensor) -> Tensor:
    """x += scale * a * b."""
    if isinstance(scale, float):
        return x.addcmul_(a, b, value=scale)
    return x.addcmul_(scale * a, b)


def addcdiv_(x: Tensor, a: Tensor, b: Tensor, scale: float | Tensor) -> Tensor:
    """x += scale * a / b."""
    if isinstance(scale, float):
        return x.addcdiv_(a, b, value=scale)
    return x.addcdiv_(scale * a, b)


def average(old: Tensor, new: Tensor, keep: float | Tensor, rest: float | Tensor) -> Tensor:
    """Return keep * old + rest * new, a new tensor, where ``rest`` is 1 - keep."""
    return torch.lerp(old, new, rest) if _is_exact(rest) else add(old * keep, new, rest)


def average_(old: Tensor, new: Tensor, keep: float | Tensor, rest: float | Tensor) -> Tensor:
    """old = keep * old + rest * new, where ``rest`` is 1 - keep."""
    return old.lerp_(new, rest) if _is_exact(rest) else add_(old.mul_(keep), new, rest)


def _is_exact(weight: float | Tensor) -> bool:
    """Whether torch's lerp, an operation less, takes such a weight as it is.

    A weight above 1/2 it subtracts from 1 again, which leaves little of a small difference.
    """
    return isinstance(weight, float) and weight <= 0.5
