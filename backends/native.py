"""The functions of a backend's optimizer module: slots, coefficients, and update or step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from reference import Invalid
from reference.objective import Objective
from reference.spec import Array


def _no_slots(h: Any, x: Array) -> Any:
    return ()


def _no_coefficients(h: Any, t: Any) -> Any:
    return h


@dataclass(frozen=True)
class Native:
    """A backend's implementation of an optimizer.

    ``update`` and ``step`` may overwrite their arguments. In a sweep ``x`` is (M, d), and numbers
    that depend on a swept hyperparameter are (M, 1); JAX's engine instead vectorises a step of one
    member with vmap.

    Attributes
    ----------
    name
        The optimizer's id.
    slots
        ``slots(h, x)`` returns the initial state for parameters ``x``: an array, or a tuple or
        NamedTuple of arrays. A module without it has no state.
    coefficients
        ``coefficients(h, t)`` returns a NamedTuple of the numbers and conventions of step ``t``,
        counted from 1, computed on the host in float64 without cancellation. A module without it
        uses ``h``. ``t`` may be an array of step numbers, and a hyperparameter an array of values;
        see `backends.coefficients`.
    update
        ``update(c, x, g, slots)`` returns the next ``(x, slots)`` for coefficients ``c`` and
        gradient ``g``, elementwise. None if the optimizer needs more than that.
    step
        ``step(c, f, x, slots)`` returns the next ``(x, slots)`` for an objective ``f``; derived
        from ``update`` if there is one.
    """

    name: str
    slots: Callable[[Any, Array], Any]
    coefficients: Callable[[Any, Any], Any]
    update: Callable[[Any, Array, Array, Any], tuple[Array, Any]] | None
    step: Callable[[Any, Objective, Array, Any], tuple[Array, Any]]


def flat(slots: Any) -> tuple[Any, ...]:
    """Return the arrays of an optimizer's slots as a tuple."""
    return tuple(slots) if isinstance(slots, tuple) else (slots,)


def unflat(kind: type | None, arrays: Sequence[Any]) -> Any:
    """Return slots of type ``kind`` (see `kind_of`) with these arrays: the inverse of `flat`."""
    if kind is None:
        return arrays[0]
    make: Callable[[Sequence[Any]], Any] = getattr(kind, "_make", kind)
    return make(arrays)


def kind_of(slots: Any) -> type | None:
    """Return the tuple type of slots; None for a single array."""
    return type(slots) if isinstance(slots, tuple) else None


def native(module: ModuleType) -> Native:
    """Make a `Native` of a module ``backends/<backend>/<id>.py``.

    Raises
    ------
    Invalid
        If the module does not define exactly one of ``update`` and ``step``.
    """
    has = vars(module)
    update, step = has.get("update"), has.get("step")
    if (update is None) == (step is None):
        raise Invalid(
            f"{module.__name__}: expected one of update(c, x, g, slots), step(c, f, x, slots)"
        )
    return Native(
        module.__name__.split(".")[-1],
        _checked(module.__name__, has["slots"]) if "slots" in has else _no_slots,
        has.get("coefficients", _no_coefficients),
        update,
        step or _step_of(update),
    )


def _checked(name: str, slots: Callable[[Any, Array], Any]) -> Callable[[Any, Array], Any]:
    def checked(h: Any, x: Array) -> Any:
        arrays = slots(h, x)
        if any(array is None for array in flat(arrays)):
            raise Invalid(
                f"{name}: slots(h, x) returned None among its arrays: leave out what an option "
                "does not need"
            )
        return arrays

    return checked


def _step_of(update: Any) -> Callable[[Any, Objective, Array, Any], tuple[Array, Any]]:
    def step(c: Any, f: Objective, x: Array, s: Any) -> tuple[Array, Any]:
        stepped: tuple[Array, Any] = update(c, x, f.gradient(x), s)
        return stepped

    return step
