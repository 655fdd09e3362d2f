"""What a backend is: the few things its folder must offer, and the words for what it cannot.

``backends/<backend>/__init__.py``, which imports no framework, says what there is: ``DEVICES``,
``MODES`` and ``DERIVATIVES`` (the defaults first), ``REQUIRES`` (the framework's module),
``ABSENT`` (the optimizers it has not, and why), ``WITHOUT`` (the modes or derivatives it has not,
and why) and ``missing(device)`` (why a device cannot be used here, or None).
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

import numpy as np

from reference import Problem
from reference.case import Case
from reference.objective import Objective
from reference.spec import Array, Namespace


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


class Optimizer(Protocol):
    """A module ``backends/<backend>/<id>.py``; it has ``update`` or ``step``.

    ``slots(h, x)`` makes the state that goes with ``x``; without it there is none.
    ``update(h, x, g, slots, t)`` takes the gradient, ``step(h, f, x, slots, t)`` an objective;
    ``t`` counts from 1. Both return the next ``(x, slots)``, and may reuse the old ones' memory. An
    ``update`` is elementwise; where its module has ``factors(h, t)``, it gets what that returns for
    ``t``, computed once a step and not once a parameter.

    In a sweep, ``x`` is (M, d) and a swept hyperparameter an array (M, 1), or, where the engine
    maps over the members by itself, both are one member's.
    """

    __name__: str


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

    def objective(self, problem: Problem, constants: dict[str, Any], derivatives: str) -> Objective:
        """Bind a problem, with constants made by `constants`, to this arithmetic."""
        ...

    def trajectory(self, optimizer: Any, case: Case, mode: str, derivatives: str) -> Rows:
        """Run ``case`` from its start to its end."""
        ...

    def sweep(
        self,
        optimizer: Any,
        case: Case,
        derivatives: str,
        x: np.ndarray[Any, Any],
        own: Mapping[str, np.ndarray[Any, Any]],
    ) -> Ends:
        """Run M members at once from ``x`` (M, d), each with its ``own`` hyperparameters (M,)."""
        ...

    def init(self, optimizer: Any, h: Any, x: np.ndarray[Any, Any]) -> Any:
        """Put parameters on the device with their slots and step counter."""
        ...

    def updating(self, optimizer: Any, h: Any) -> Callable[[Any, Array], Any]:
        """Make the function that takes a step: (state, gradient) -> state, consuming the old one.

        It enters by itself what it needs of `scope`, which costs as much as a small step.
        """
        ...

    def wait(self, state: Any) -> None:
        """Return once the device has finished ``state``."""
        ...
