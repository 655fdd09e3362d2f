"""What a backend's optimizer module offers, read once: slots, coefficients and a step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from reference import Invalid
from reference.objective import Objective
from reference.spec import Array


def _no_slots(h: Any, x: Array) -> Any:
    return ()


def _themselves(h: Any, t: Any) -> Any:
    return h


@dataclass(frozen=True)
class Native:
    """An optimizer as a backend has it.

    Attributes
    ----------
    name
        Its id.
    slots
        ``slots(h, x)`` makes the state that goes with the parameters ``x``: an array, or a tuple or
        NamedTuple of them; without one there is no state.
    coefficients
        ``coefficients(h, t)`` returns what step ``t`` (counted from 1) needs of the hyperparameters
        and of its own number, computed on the host in float64 without cancellation. It is a
        NamedTuple of numbers and conventions; without one it is ``h`` itself. ``t`` may be an array
        of step numbers, and a hyperparameter one of values: see `backends.coefficients`.
    update
        ``update(c, x, g, slots)`` returns the next ``(x, slots)`` for given coefficients and
        gradient, element by element. None where the optimizer asks for more than that.
    step
        ``step(c, f, x, slots)`` does the same with an objective ``f``; of an optimizer that has an
        ``update``, the update at ``f``'s gradient.

    Both may reuse the memory of the old ones. In a sweep ``x`` is (M, d) and what depends on a
    swept hyperparameter (M, 1), or, where the engine maps over the members by itself, both are one
    member's.
    """

    name: str
    slots: Callable[[Any, Array], Any]
    coefficients: Callable[[Any, Any], Any]
    update: Callable[[Any, Array, Array, Any], tuple[Array, Any]] | None
    step: Callable[[Any, Objective, Array, Any], tuple[Array, Any]]


def flat(slots: Any) -> tuple[Any, ...]:
    """The arrays of an optimizer's slots, which are one array or a tuple of them."""
    return tuple(slots) if isinstance(slots, tuple) else (slots,)


def unflat(kind: type | None, arrays: Sequence[Any]) -> Any:
    """The arrays put together as slots of that type, None for one array: the inverse of `flat`."""
    if kind is None:
        return arrays[0]
    make: Callable[[Sequence[Any]], Any] = getattr(kind, "_make", kind)
    return make(arrays)


def kind_of(slots: Any) -> type | None:
    """The type of slots that are a tuple of arrays; None for a single array."""
    return type(slots) if isinstance(slots, tuple) else None


def native(module: ModuleType) -> Native:
    """Read a module ``backends/<backend>/<id>.py``.

    Raises
    ------
    Invalid
        A module that has neither an ``update`` nor a ``step``, or both.
    """
    has = vars(module)
    update, step = has.get("update"), has.get("step")
    if (update is None) == (step is None):
        raise Invalid(
            f"{module.__name__}: expected one of update(c, x, g, slots), step(c, f, x, slots)"
        )
    return Native(
        module.__name__.split(".")[-1],
        has.get("slots", _no_slots),
        has.get("coefficients", _themselves),
        update,
        step or _at_the_gradient(update),
    )


def _at_the_gradient(update: Any) -> Callable[[Any, Objective, Array, Any], tuple[Array, Any]]:
    def step(c: Any, f: Objective, x: Array, s: Any) -> tuple[Array, Any]:
        stepped: tuple[Array, Any] = update(c, x, f.gradient(x), s)
        return stepped

    return step
