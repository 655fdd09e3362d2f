"""What stands beside the formula of every first-order optimizer, on every backend.

See `reference.first_order`. What is not used is not there: an optimizer at its defaults runs the
update of its module. A backend's ``_modifiers.py`` has the operations on its arrays,
``gradient(on, c, x, g)``, ``shrunk(c, x)`` and ``norm(g)``. A norm is not elementwise: an engine
computes it of all gradients, before the parameters are updated in blocks or parts.
"""

from collections.abc import Callable, Collection
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol

from backends.coefficients import unless
from backends.native import (
    Coefficients,
    Hyper,
    Native,
    Slots,
    Step,
    Stepped,
    Update,
    named,
    step_of,
    with_norm,
)
from reference.arrays import Ints
from reference.first_order import FirstOrder, learning_rate, with_learning_rate
from reference.objective import Objective
from reference.parameters import Parameters
from reference.spec import Array


class On(NamedTuple):
    """Which modifiers are used.

    Attributes
    ----------
    negated, by_norm, clipped, l2
        Of the gradient: negated, clipped by its norm, each element clipped, weight decay times the
        parameters added.
    shrinks
        Whether the parameters are multiplied by ``c.keep``: "before" or "after" the update, or "".
    scheduled
        Whether the learning rate follows a schedule.
    """

    negated: bool
    by_norm: bool
    clipped: bool
    l2: bool
    shrinks: str
    scheduled: bool


class Operations(Protocol):
    """A backend's ``_modifiers.py``; its functions may overwrite ``x``, but not ``g``."""

    gradient: Callable[[On, Coefficients, Array, Array], Array]
    shrunk: Callable[[Coefficients, Array], Array]
    norm: Callable[[Array], Array]


def used(h: Parameters, swept: Collection[str] = ()) -> On:
    """Return the modifiers that these hyperparameters use; in a sweep some of them vary."""
    if not isinstance(h, FirstOrder):
        return On(False, False, False, False, "", False)
    decays, form = h.weight_decay > 0 or "weight_decay" in swept, h.weight_decay_form
    shrinks = {"l2": "", "after": "after"}.get(form, "before") if decays else ""
    by_norm, l2 = h.clip_norm is not None, decays and form == "l2"
    return On(h.maximize, by_norm, h.clip_value is not None, l2, shrinks, h.schedule is not None)


@lru_cache(maxsize=256)
def modified(native: Native, on: On, operations: Operations) -> Native:
    """Return a first-order optimizer's implementation with some modifiers."""
    if not any(on):
        return native
    assert native.update is not None
    update = _update(native.update, on, operations)
    coefficients = _coefficients(native, on)
    if not on.by_norm:
        return Native(native.name, native.slots, coefficients, update, step_of(update))
    step = _step_with(operations.norm, update)
    return Native(native.name, native.slots, coefficients, update, step, operations.norm)


def _update(inner: Update, on: On, operations: Operations) -> Update:
    def update(c: Coefficients, x: Array, g: Array, s: Slots[Array]) -> Stepped:
        g = operations.gradient(on, c, x, g)
        if on.shrinks == "before":
            x = operations.shrunk(c, x)
        x, s = inner(c, x, g, s)
        if on.shrinks == "after":
            x = operations.shrunk(c, x)
        return x, s

    return update


def _step_with(norm: Callable[[Array], Array], update: Update) -> Step:
    def step(c: Coefficients, f: Objective, x: Array, s: Slots[Array]) -> Stepped:
        g = f.gradient(x)
        return update(with_norm(c, norm(g)), x, g, s)

    return step


def _coefficients(native: Native, on: On) -> Callable[[Hyper, int | Ints], Coefficients]:
    def coefficients(h: Any, t: int | Ints) -> Coefficients:
        rate = learning_rate(h, t)
        found: dict[str, Any] = named(native.coefficients(with_learning_rate(h, rate), t))
        if on.by_norm:
            found |= {"norm_limit": h.clip_norm, "norm_eps": unless(0, h.clip_norm_eps)}
        if on.clipped:
            found |= {"low": -h.clip_value, "high": h.clip_value}
        if on.l2:
            found["l2"] = h.weight_decay
        if on.shrinks:
            share = rate if h.weight_decay_form == "decoupled" else 1.0
            found["keep"] = 1 - share * h.weight_decay
        return SimpleNamespace(**found)

    return coefficients
