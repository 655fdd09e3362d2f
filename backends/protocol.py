"""What a backend is: the few things its folder must offer, and the words for what it cannot.

``backends/<backend>/__init__.py``, which imports no framework, says what there is: ``DEVICES``,
``MODES`` and ``DERIVATIVES`` (the defaults first), ``REQUIRES`` (the framework's module),
``ABSENT`` (the optimizers it has not, and why), ``WITHOUT`` (the modes or derivatives it has not,
and why) and ``missing(device)`` (why a device cannot be used here, or None).
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np

from backends.native import Native
from backends.tracing import FlatStep, Operation, Replace
from reference import Problem
from reference.case import Case
from reference.objective import Objective
from reference.spec import Array, Namespace

Mode: TypeAlias = Literal["eager", "compiled"]
Derivatives: TypeAlias = Literal["autodiff", "analytic", "finite"]


@dataclass(frozen=True)
class Execution:
    """Where and how a case is computed, each of which the target offers.

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


class UpdaterState(Protocol):
    """The state of an updater, made by ``Updater.init`` and passed from step to step."""

    @property
    def x(self) -> Array:
        """The parameters, (n,), on the device."""
        ...

    @property
    def slots(self) -> Any:
        """The optimizer's own arrays that go with them: one, or a tuple of them."""
        ...

    @property
    def t(self) -> int:
        """How many steps were taken."""
        ...


class Unsupported(NotImplementedError):
    """This target cannot do what was asked, for the reason given."""


class Rows(NamedTuple):
    """A trajectory as an engine returns it, in numpy: points (n + 1, d), values (n + 1,).

    ``reached`` (n,) tells after which steps the stopping rule held; None without a rule.
    """

    points: np.ndarray[Any, Any]
    values: np.ndarray[Any, Any]
    reached: np.ndarray[Any, np.dtype[np.bool_]] | None


class Ends(NamedTuple):
    """Where the members of a sweep ended, in numpy: points (M, d), values (M,), steps (M,).

    ``reached`` (M,) tells for which of them the stopping rule held; all False without one.
    """

    points: np.ndarray[Any, Any]
    values: np.ndarray[Any, Any]
    steps: np.ndarray[Any, np.dtype[np.int64]]
    reached: np.ndarray[Any, np.dtype[np.bool_]]


class Engine(Protocol):
    """All that a framework needs, once: ``backends/<backend>/engine.py``.

    Made for a device and a dtype.

    Attributes
    ----------
    xp
        The array namespace in which problems are evaluated.
    NUMBERS
        How many numbers an array of a sweep may hold.
    """

    xp: Namespace
    NUMBERS: int

    def __init__(self, device: str, dtype: str) -> None: ...

    def scope(self) -> AbstractContextManager[Any]:
        """Enter the configuration that every call below needs."""
        ...

    def array(self, value: Any) -> Array:
        """Copy numbers to the device, in the engine's dtype."""
        ...

    def numpy(self, x: Array) -> np.ndarray[Any, Any]:
        """Copy an array back from the device."""
        ...

    def show(self, x: np.ndarray[Any, Any]) -> str:
        """Print ``x`` as the framework prints it."""
        ...

    def objective(
        self, problem: Problem, constants: dict[str, Any], derivatives: Derivatives
    ) -> Objective:
        """Bind a problem, with constants of `backends.binding.constants`, to this arithmetic."""
        ...

    def trajectory(self, native: Native, case: Case, execution: Execution) -> Rows:
        """Run ``case`` from its start to its end."""
        ...

    def sweep(
        self,
        native: Native,
        case: Case,
        derivatives: Derivatives,
        x: np.ndarray[Any, Any],
        swept: Mapping[str, np.ndarray[Any, Any]],
        which: np.ndarray[Any, Any],
    ) -> Ends:
        """Run M members at once from ``x`` (M, d).

        ``swept`` has the values of some hyperparameters in each of K combinations, (K,) float64;
        ``which`` (M,) says which combination is each member's.
        """
        ...

    def init(self, native: Native, h: Any, x: np.ndarray[Any, Any]) -> UpdaterState:
        """Put parameters on the device with their slots and step counter."""
        ...

    def updating(self, native: Native, h: Any) -> Callable[[Any, Array], UpdaterState]:
        """Make the function that takes a step: (state, gradient) -> state, consuming the old one.

        It enters by itself what it needs of `scope`, which costs as much as a small step.
        """
        ...

    def trace(
        self, step: FlatStep, x: Array, arrays: tuple[Array, ...], replace: Replace
    ) -> tuple[tuple[Array, tuple[Array, ...]], list[Operation]]:
        """Take ``step(x, arrays)`` eagerly, and record its operations.

        Returns the new point and the arrays of the new state, and the operations in their order.
        ``replace`` may give an operation another result.
        """
        ...

    def wait(self, state: Any) -> None:
        """Return once the device has finished ``state``."""
        ...
