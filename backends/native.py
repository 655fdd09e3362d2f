"""The functions of a backend's optimizer module: slots, coefficients, and update or step."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any, Protocol, TypeAlias, TypeVar

from reference import Invalid, Parameters
from reference.arrays import Ints
from reference.first_order import SHARED
from reference.objective import Objective
from reference.spec import Array


class DeviceArray(Protocol):
    """An array of numpy, JAX or torch."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> object: ...


A = TypeVar("A", bound=DeviceArray)


class Values:
    """Attributes from (name, value) pairs; a plain class, which JAX and torch can trace."""

    def __init__(self, *named: Iterable[tuple[str, object]]) -> None:
        for pairs in named:
            for name, value in pairs:
                setattr(self, name, value)


# in a sweep some of the numbers are columns (M, 1), in a compiled program they are traced
Hyper: TypeAlias = Parameters | SimpleNamespace | Values
Coefficients: TypeAlias = tuple[Any, ...] | Hyper  # a NamedTuple, or the hyperparameters as such
Slots: TypeAlias = A | tuple[A, ...]
Stepped: TypeAlias = tuple[Array, Slots[Array]]
Update: TypeAlias = Callable[[Coefficients, Array, Array, Slots[Array]], Stepped]
Step: TypeAlias = Callable[[Coefficients, Objective, Array, Slots[Array]], Stepped]


def _no_slots(h: Hyper, x: Array) -> Slots[Array]:
    return ()


def _no_coefficients(h: Hyper, t: int | Ints) -> Coefficients:
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
    norm
        ``norm(g)`` returns the Euclidean norm of a whole gradient, which ``update`` then finds as
        ``c.norm``: a number, or in a sweep (M, 1). None if a step needs no norm, as no module's
        does: see `backends.modifiers`.
    step
        ``step(c, f, x, slots)`` returns the next ``(x, slots)`` for an objective ``f``; derived
        from ``update`` if there is one.
    """

    name: str
    slots: Callable[[Hyper, Array], Slots[Array]]
    coefficients: Callable[[Hyper, int | Ints], Coefficients]
    update: Update | None
    step: Step
    norm: Callable[[Array], Array] | None = None


def with_norm(c: Coefficients, norm: Array) -> Values:
    """Return the coefficients of a step with the norm of its gradient."""
    return Values(vars(c).items(), (("norm", norm),))


def named(c: Coefficients) -> dict[str, Any]:
    """Return coefficients by name, from a NamedTuple or an instance of hyperparameters.

    Without the hyperparameters that stand beside a formula, which `backends.modifiers` applies.
    """
    fields = getattr(c, "_asdict", None)
    return dict(fields()) if fields else {n: v for n, v in vars(c).items() if n not in SHARED}


def flat(slots: Slots[Array]) -> tuple[Array, ...]:
    """Return the arrays of an optimizer's slots as a tuple."""
    return tuple(slots) if isinstance(slots, tuple) else (slots,)


def unflat(kind: type | None, arrays: Sequence[Array]) -> Slots[Array]:
    """Return slots of type ``kind`` (see `kind_of`) with these arrays: the inverse of `flat`."""
    if kind is None:
        return arrays[0]
    make: Callable[[Sequence[Array]], tuple[Array, ...]] = getattr(kind, "_make", kind)
    return make(arrays)


def kind_of(slots: Slots[Array]) -> type | None:
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
    update: Update | None = has.get("update")
    if (update is None) == (has.get("step") is None):
        raise Invalid(
            f"{module.__name__}: expected one of update(c, x, g, slots), step(c, f, x, slots)"
        )
    return Native(
        module.__name__.split(".")[-1],
        _checked(module.__name__, has["slots"]) if "slots" in has else _no_slots,
        has.get("coefficients", _no_coefficients),
        update,
        has["step"] if update is None else step_of(update),
    )


def _checked(
    name: str, slots: Callable[[Hyper, Array], Slots[Array]]
) -> Callable[[Hyper, Array], Slots[Array]]:
    def checked(h: Hyper, x: Array) -> Slots[Array]:
        arrays = slots(h, x)
        if any(array is None for array in flat(arrays)):
            raise Invalid(
                f"{name}: slots(h, x) returned None among its arrays: leave out what an option "
                "does not need"
            )
        return arrays

    return checked


def step_of(update: Update) -> Step:
    """Return the step of an optimizer that needs one gradient at the current point."""

    def step(c: Coefficients, f: Objective, x: Array, s: Slots[Array]) -> Stepped:
        return update(c, x, f.gradient(x), s)

    return step
