"""Schedules: the learning rate of each step as a factor of ``lr``."""

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np

from reference.errors import Invalid, choose, shown
from reference.numbers import cos_pi, floor, minimum, where
from reference.parameters import Count, Decay, NonNegative, Parameters, Positive
from reference.spec import Array


class Schedule(Parameters):
    """A factor of the learning rate in each step; the base of all in `SCHEDULES`.

    Steps t are counted from 1, so that epoch 0 of torch's schedulers and count 0 of optax's are
    step 1. ``factor(t)`` takes a number, an array of them or an mpmath number, in whose arithmetic
    it computes.
    """

    EXPECTED = "a schedule of reference.schedules, or a function of the step"

    def factor(self, t: Array) -> Array:
        raise NotImplementedError

    def at(self, t: Array) -> Array:
        """Return the factor of step ``t``: a float, or an array as ``t``, or an mpmath number."""
        found = self.factor(t)
        return float(found) if isinstance(t, int) else found

    def to_dict(self) -> dict[str, Any]:
        """Return the schedule as JSON types: ``{"rule": a name in SCHEDULES, ...}``."""
        rules = {kind: name for name, kind in SCHEDULES.items()}
        return {"rule": rules[type(self)], **super().to_dict()}

    @classmethod
    def made_of(cls, value: object) -> "Schedule":
        """Return a schedule as such, made of its dict, or of a function of the step.

        Raises
        ------
        ValueError
            If ``value`` is none of them.
        Unknown, Invalid
            If a dict names no rule or parameter that there is, or has an invalid value.
        """
        if isinstance(value, Schedule):
            return value
        if isinstance(value, Mapping) and "rule" in value:
            kind = SCHEDULES[choose("rule of a schedule", value["rule"], SCHEDULES)]
            return kind.build("schedule", {n: v for n, v in value.items() if n != "rule"})
        if callable(value):
            return Function(function=value)
        raise ValueError


class Exponential(Schedule):
    """gamma^(t - 1): torch's ExponentialLR, with ``every`` > 1 its StepLR.

    optax.exponential_decay has ``transition_steps`` for ``every``, and ``staircase`` for ``steps``.

    Attributes
    ----------
    gamma
        The factor of one decay; decay_rate in optax and Keras.
    every
        How many steps a decay takes; step_size of torch's StepLR, transition_steps in optax.
    stepwise
        Whether the rate stays for ``every`` steps and then falls at once; staircase in optax and
        Keras. torch's StepLR does so.
    """

    gamma: Positive = 0.1
    every: Count = 1
    stepwise: bool = False

    def factor(self, t: Array) -> Array:
        passed = (t - 1) / self.every
        return self.gamma ** (floor(passed) if self.stepwise else passed)


class InverseTime(Schedule):
    """1 / (1 + decay (t - 1)): ``lr_decay`` of torch.optim.Adagrad; Keras's InverseTimeDecay.

    Attributes
    ----------
    decay
        By how much the reciprocal of the rate grows in a step, relative to the first; lr_decay in
        torch's Adagrad, decay_rate / decay_steps in Keras.
    """

    decay: NonNegative = 0.01

    def factor(self, t: Array) -> Array:
        return 1 / (1 + self.decay * (t - 1))


class InversePower(Schedule):
    """t^-power: ``learning_rate="invscaling"`` of scikit-learn, whose power_t is 0.5.

    Attributes
    ----------
    power
        The exponent; power_t in scikit-learn.
    """

    power: NonNegative = 0.5

    def factor(self, t: Array) -> Array:
        return (t * 1.0) ** -self.power


class Polynomial(Schedule):
    """end + (1 - end) (1 - (t - 1) / steps)^power, and end from step ``steps`` + 1 on.

    torch's PolynomialLR has end = 0, and LinearLR a power of 1; optax.polynomial_schedule and
    Keras's PolynomialDecay.

    Attributes
    ----------
    steps
        How many steps the decay takes; total_iters in torch, transition_steps in optax,
        decay_steps in Keras.
    power
        The exponent of the share of steps that is left; power in torch, optax and Keras.
    end
        The factor from step steps + 1 on; end_value / init_value in optax, 0 in torch.
    """

    steps: Count = 100
    power: Positive = 1.0
    end: NonNegative = 0.0

    def factor(self, t: Array) -> Array:
        left = 1 - minimum(t - 1, self.steps) / self.steps
        return self.end + (1 - self.end) * left**self.power


class Cosine(Schedule):
    """end + (1 - end) (1 + cos(pi (t - 1) / steps)) / 2, and end from step ``steps`` + 1 on.

    torch's CosineAnnealingLR rises again after T_max steps, and this stays. Source: Loshchilov &
    Hutter 2017, SGDR, eq. 5, one period.

    Attributes
    ----------
    steps
        How many steps the decay takes; T_max in torch, decay_steps in optax and Keras.
    end
        The factor in the end; eta_min / lr in torch, alpha in optax and Keras.
    """

    steps: Count = 100
    end: NonNegative = 0.0

    def factor(self, t: Array) -> Array:
        return self.end + (1 - self.end) * (1 + cos_pi(minimum(t - 1, self.steps) / self.steps)) / 2


class WarmUp(Schedule):
    """A straight line from ``start`` in step 1 to 1 in step ``steps`` + 1, then another schedule.

    torch's LinearLR followed by another scheduler in SequentialLR; with a `Cosine` after it
    optax.warmup_cosine_decay_schedule.

    Attributes
    ----------
    steps
        How many steps the rise takes; total_iters of torch's LinearLR, warmup_steps in optax.
    start
        The factor of the first step; start_factor in torch, init_value / peak_value in optax.
    then
        The schedule afterwards, which counts its steps from there; None to stay at 1.
    """

    steps: Count = 10
    start: Decay = 0.0
    then: Schedule | None = None

    def factor(self, t: Array) -> Array:
        rising = self.start + (1 - self.start) * (t - 1) / self.steps
        after = -minimum(self.steps - t, -1)  # t - steps, and at least 1
        return where(t <= self.steps, rising, self.then.factor(after) if self.then else 1.0)


class OneCycle(Schedule):
    """From 1 / div up to 1, and down to 1 / (div final_div), both along a cosine.

    torch's OneCycleLR with anneal_strategy="cos", whose max_lr is ``lr``; its momentum is not
    cycled. Source: Smith & Topin 2019, Super-convergence.

    Attributes
    ----------
    steps
        How many steps the cycle takes, after which the factor stays; total_steps in torch.
    rise
        The share of the steps in which the rate rises; pct_start in torch.
    div
        One over the first factor; div_factor in torch.
    final_div
        The first factor over the last; final_div_factor in torch.
    """

    steps: Count = 100
    rise: Decay = 0.3
    div: Positive = 25.0
    final_div: Positive = 1e4

    def factor(self, t: Array) -> Array:
        top, last = self.rise * self.steps - 1, self.steps - 1
        now, first = minimum(t - 1, last), 1 / self.div
        up = _between(first, 1.0, now / top) if top > 0 else 1.0
        down = _between(1.0, first / self.final_div, (now - top) / (last - top))
        return where(now <= top, up, down)


def _between(start: Array, end: Array, share: Array) -> Array:
    """Half a cosine from ``start`` at a share of 0 to ``end`` at 1."""
    return end + (start - end) / 2 * (1 + cos_pi(share))


class Function(Schedule):
    """A function of the user's: step t from 1, an int, to a factor; torch's LambdaLR counts from 0.

    Attributes
    ----------
    function
        Called once for each step, on the host; the same steps must give the same factors.
    """

    function: Callable[[int], float]

    def factor(self, t: Array) -> Array:
        if isinstance(t, np.ndarray):
            return np.array([self._of(int(each)) for each in t.ravel()]).reshape(t.shape)
        found = self._of(int(t))
        return mpmath.mpf(found) if isinstance(t, mpmath.mpf) else found

    def _of(self, t: int) -> float:
        found = self.function(t)
        if not isinstance(found, (int, float)) or not 0 <= found < float("inf"):
            raise Invalid(
                f"schedule: {shown(self.function)} of step {t} is {shown(found)}: expected a "
                "factor of the learning rate, finite and not negative"
            )
        return float(found)

    def to_dict(self) -> dict[str, Any]:
        raise Invalid(
            f"schedule = {shown(self.function)}: a function of your own has no text form; pickle "
            "the case, or use a schedule of reference.schedules"
        )


SCHEDULES: dict[str, type[Schedule]] = {
    "exponential": Exponential,
    "inverse_time": InverseTime,
    "inverse_power": InversePower,
    "polynomial": Polynomial,
    "cosine": Cosine,
    "warm_up": WarmUp,
    "one_cycle": OneCycle,
}
