"""The interface of a backend.

``backends/<backend>/__init__.py`` imports no framework and defines ``DEVICES``, ``MODES`` and
``DERIVATIVES`` (the defaults first), ``REQUIRES`` (the framework's module), ``ABSENT`` (missing
optimizers and the reason), ``WITHOUT`` (missing modes, derivatives or "placement" and the reason)
and ``missing(device)`` (why a device cannot be used here, or None). ``engine.py`` has an `Engine`,
and ``_placed.py``, if there is one, an `Engine` whose updates are spread over several devices.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias, TypeGuard, TypeVar

from numpy.typing import ArrayLike, NDArray

from backends.native import A, DeviceArray, Native, Slots, kind_of, unflat
from backends.tracing import FlatStep, Operation, Replace
from reference import Invalid, Parameters, Problem
from reference.arrays import Bools, Floats, Ints, Reals
from reference.case import Case
from reference.objective import Objective
from reference.spec import Array, Namespace

Mode: TypeAlias = Literal["eager", "compiled"]
Derivatives: TypeAlias = Literal["autodiff", "analytic", "finite"]
Status: TypeAlias = Literal["finished", "converged", "diverged"]


@dataclass(frozen=True)
class Execution:
    """Where and how a case is computed, validated by `backends.targets.execution`.

    Attributes
    ----------
    target
        A backend and a device, such as "torch:cpu".
    mode
        "eager", one operation after another, or "compiled" by the backend's compiler.
    derivatives
        "autodiff", "analytic", or "finite", which is central differences of values.
    """

    target: str
    mode: Mode
    derivatives: Derivatives


A_co = TypeVar("A_co", bound=DeviceArray, covariant=True)


class UpdaterState(Protocol[A_co]):
    """The state of an updater, made by ``Updater.init`` and passed from step to step."""

    @property
    def x(self) -> A_co:
        """The parameters, (n,), on the device."""
        ...

    @property
    def slots(self) -> Slots[A_co]:
        """The optimizer's state: an array like ``x``, or a tuple of them."""
        ...

    @property
    def t(self) -> int:
        """The number of steps taken."""
        ...


class Unsupported(NotImplementedError):
    """The target does not support what was asked; the message gives the reason."""


class Rows(NamedTuple):
    """A trajectory as an engine returns it, in numpy: points (n + 1, d), values (n + 1,).

    ``reached`` (n,) says after which steps the stopping rule held; None without a rule.
    """

    points: Reals
    values: Reals
    reached: Bools | None


class Ends(NamedTuple):
    """Where the members of a sweep ended, in numpy: points (M, d), values (M,), steps (M,).

    ``reached`` (M,) says for which members the stopping rule held; all False without one.
    """

    points: Reals
    values: Reals
    steps: Ints
    reached: Bools


def slots_of(
    native: Native, h: Parameters, x: Array, given: Sequence[Array] | None
) -> Slots[Array]:
    """Return the slots of parameters ``x`` that have the arrays ``given``, or its own if None."""
    own = native.slots(h, x)
    return own if given is None else unflat(kind_of(own), given)


def check_alike(g: DeviceArray, x: DeviceArray) -> None:
    """Raise `reference.Invalid` unless ``g`` is of the type, shape and dtype of ``x``."""
    expected = f"{type(x).__name__} of shape {tuple(x.shape)} and dtype {x.dtype}"
    if not isinstance(g, type(x)):
        got = f"a gradient of type {type(g).__name__}"
        raise Invalid(f"{got}: expected {expected}; put(g) makes one")
    if g.shape != x.shape or g.dtype != x.dtype:
        got = f"a gradient of shape {tuple(g.shape)} and dtype {g.dtype}"
        raise Invalid(f"{got}: expected {expected}")


def check_array(g: object, kind: type) -> None:
    """Raise `reference.Invalid` unless ``g`` is an array of type ``kind``."""
    if not isinstance(g, kind):
        got = f"a gradient of type {type(g).__name__}"
        raise Invalid(f"{got}: expected {kind.__name__}; put(g) makes one")


class Engine(Protocol[A]):
    """A framework's implementation of runs, sweeps and updates, for a device and a dtype.

    ``A`` is the framework's array.

    Attributes
    ----------
    xp
        The array namespace in which problems are evaluated.
    NUMBERS
        The largest size of an array in a sweep.
    """

    xp: Namespace
    NUMBERS: int

    def __init__(self, device: str, dtype: str) -> None: ...

    def scope(self) -> AbstractContextManager[object]:
        """Return a context manager of the settings that the other methods need."""
        ...

    def array(self, value: ArrayLike) -> A:
        """Copy a number or array to the device, in the engine's dtype."""
        ...

    def numpy(self, x: A) -> NDArray[Any]:
        """Copy an array back from the device."""
        ...

    def host(self, value: Any) -> ArrayLike:
        """Return ``value`` as numpy can read it, an array of the framework from its device."""
        found: ArrayLike = value
        return found

    def show(self, x: Reals) -> str:
        """Return ``x`` as the framework prints it."""
        ...

    def objective(
        self, problem: Problem, constants: dict[str, Array], derivatives: Derivatives
    ) -> Objective:
        """Make the objective of a problem, with constants of `backends.binding.constants`."""
        ...

    def trajectory(self, native: Native, case: Case, execution: Execution) -> Rows:
        """Run ``case``."""
        ...

    def sweep(
        self,
        native: Native,
        case: Case,
        derivatives: Derivatives,
        x: Floats,
        swept: Mapping[str, Floats],
        which: Ints,
    ) -> Ends:
        """Run M members at once from ``x`` (M, d).

        ``swept`` maps names of hyperparameters to their values in K combinations, (K,) float64.
        ``which`` (M,) is the index of each member's combination.
        """
        ...

    def init(
        self,
        native: Native,
        h: Parameters,
        x: Floats | A,
        slots: Sequence[Floats | A] | None = None,
        t: int = 0,
    ) -> UpdaterState[A]:
        """Copy parameters to the device, with the arrays of their state after ``t`` steps.

        The optimizer's own first arrays if ``slots`` is None. Arrays of the framework are given
        only if they are `placed`; a state's arrays are then already checked.
        """
        ...

    def updating(self, native: Native, h: Parameters) -> Callable[[Any, A], UpdaterState[A]]:
        """Return a function (state, gradient) -> state that takes a step and consumes the state.

        It is called outside `scope`, whose cost is that of a small step, and applies the settings
        that it needs. It raises `reference.Invalid` for a gradient unlike the parameters, by
        `check_alike` where a faster comparison does not show that they are alike.
        """
        ...

    def norm(self, g: A) -> A:
        """Return the Euclidean norm of a gradient, a number on the device, in the gradient's dtype.

        Raises `reference.Invalid` for what is not the framework's array.
        """
        ...

    def placed(self, value: object) -> TypeGuard[A]:
        """Whether ``value`` is an array spread over several devices, not to be copied whole."""
        return False

    def trace(
        self, step: FlatStep, x: A, arrays: tuple[A, ...], replace: Replace
    ) -> tuple[tuple[A, tuple[A, ...]], list[Operation]]:
        """Run ``step(x, arrays)`` eagerly and record its operations.

        Returns the step's result, the new point and the arrays of the new state, and the operations
        in order. ``replace`` may change the result of an operation.
        """
        ...

    def wait(self, state: Any) -> None:
        """Block until the device has finished computing ``state``."""
        ...
