"""What stands beside the formula of every first-order optimizer, once for all of them.

The gradient may be negated, clipped, and have the parameters added for weight decay; the learning
rate may follow a schedule; and the parameters may shrink by themselves. All of it is elementwise
but for clipping by the norm, which needs all gradients of a step.
"""

from dataclasses import fields
from types import SimpleNamespace
from typing import Any, Literal

import mpmath

from reference.errors import Invalid
from reference.numbers import sqrt
from reference.parameters import NonNegative, Parameters, Positive
from reference.schedules import Schedule
from reference.spec import Array, Namespace, Optimizer, State


class FirstOrder(Parameters):
    """Hyperparameters of every optimizer whose step uses one gradient, beside its own.

    Attributes
    ----------
    schedule
        The factor of lr in each step: one of `reference.schedules`, or a function of the step,
        which is counted from 1. None for a constant lr. Parameters with a learning rate of their
        own, as torch's groups and Pylearn2's lr_scalers have, have an updater of their own.
    weight_decay
        How strongly the parameters are drawn to zero; 0 for not at all.
    weight_decay_form
        Where weight_decay w acts. "l2": the gradient is g + w x, as in torch.optim.Adam and SGD.
        "decoupled": each step also subtracts lr w x, as in torch.optim.AdamW, optax and Keras.
        "independent": it subtracts w x whatever lr is, as in Chainer's Adam. "after": the new
        parameters are multiplied by 1 - w, as norm_coefficient_post of ONNX's Adam.
    maximize
        Whether the step climbs: the gradient is negated, before all else. maximize in torch.
    clip_norm
        The gradient g of all parameters is multiplied by clip_norm / |g| where its Euclidean norm
        |g| is larger than clip_norm, before clip_value. optax.clip_by_global_norm, global_clipnorm
        in Keras; Keras's clipnorm does so for each variable by itself, which for one variable is
        the same; torch.nn.utils.clip_grad_norm_ with clip_norm_eps = 1e-6. None for no clipping.
        The norm is computed in the gradient's dtype: in float32 it overflows above 1.8e19, and the
        clipped gradient is 0.
    clip_norm_eps
        Added to the norm that clip_norm is divided by: 1e-6 in torch.nn.utils.clip_grad_norm_, and
        0 in optax and Keras. It changes nothing without clip_norm.
    clip_value
        Each element of the gradient is clipped to [-clip_value, clip_value], before weight decay;
        torch.nn.utils.clip_grad_value_, clipvalue in Keras, optax.clip. None for no clipping.
    """

    schedule: Schedule | None = None
    weight_decay: NonNegative = 0.0
    weight_decay_form: Literal["l2", "decoupled", "independent", "after"] = "l2"
    maximize: bool = False
    clip_norm: Positive | None = None
    clip_norm_eps: NonNegative = 0.0
    clip_value: Positive | None = None


SHARED = tuple(each.name for each in fields(FirstOrder))


def check_base(spec: Optimizer) -> None:
    """Raise Invalid unless an optimizer has these hyperparameters if it needs one gradient."""
    if spec.first_order != issubclass(spec.hyper, FirstOrder):
        derives = "must" if spec.first_order else "must not"
        raise Invalid(
            f"reference/optimizers/{spec.id}.py: its Hyper {derives} derive from "
            "reference.FirstOrder, as those that need one gradient do, and only those"
        )


def is_elementwise(spec: Optimizer, h: Parameters) -> bool:
    """Whether a coordinate's step depends on that coordinate's point, gradient and state alone."""
    return spec.elementwise and getattr(h, "clip_norm", None) is None


def learning_rate(h: Any, t: Array) -> Array:
    """Return ``lr`` times the schedule's factor of step ``t``, counted from 1.

    ``t`` is an int or an array of them. Where ``h.lr`` is an mpmath number, so is the result.
    """
    if h.schedule is None:
        return h.lr
    return h.lr * h.schedule.at(mpmath.mpf(t) if isinstance(h.lr, mpmath.mpf) else t)


def with_learning_rate(h: Any, rate: Array) -> Any:
    """Return the hyperparameters with another ``lr``."""
    return h if h.schedule is None else SimpleNamespace(**{**vars(h), "lr": rate})


class Modified:
    """An objective whose gradient is negated, clipped and decayed as the hyperparameters say."""

    def __init__(self, f: Any, h: Any) -> None:
        self.xp: Namespace = f.xp
        self._f, self._h = f, h

    def gradient(self, x: Array) -> Array:
        g, h = self._f.gradient(x), self._h
        if h.maximize:
            g = -g
        if h.clip_norm is not None:
            norm = sqrt(self.xp.sum(g**2, -1))[..., None]
            g = h.clip_norm / self.xp.maximum(norm + h.clip_norm_eps, h.clip_norm) * g
        if h.clip_value is not None:
            g = self.xp.maximum(self.xp.minimum(g, h.clip_value), -h.clip_value)
        if h.weight_decay and h.weight_decay_form == "l2":
            g = g + h.weight_decay * x
        return g


def take(spec: Optimizer, f: Any, h: Any, x: Array, state: State, t: int) -> tuple[Array, State]:
    """Take step ``t``, counted from 1, of an optimizer with what stands beside its formula.

    Parameters and result are those of ``spec.step``.
    """
    if not spec.first_order:
        return spec.step(f, h, x, state)
    rate = learning_rate(h, t)
    new, state = spec.step(Modified(f, h), with_learning_rate(h, rate), x, state)
    if h.weight_decay and h.weight_decay_form == "decoupled":
        new = new - rate * h.weight_decay * x
    elif h.weight_decay and h.weight_decay_form == "independent":
        new = new - h.weight_decay * x
    elif h.weight_decay and h.weight_decay_form == "after":
        new = new - h.weight_decay * new
    return new, state
