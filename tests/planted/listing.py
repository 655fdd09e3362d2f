"""What is planted: an optimizer of a few lines, what it should be, and where its code is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

import pytest

from reference import OPTIMIZERS
from reference.parameters import Parameters

Rule = Callable[[Parameters], Any]  # from hyperparameters to a subject
FRAMEWORKS = {"torch": "torch", "optax": "optax"}  # what a module of this folder needs, by its end


@dataclass(frozen=True)
class Planted:
    """An optimizer planted for the checks.

    Attributes
    ----------
    id
        Its name in tests and tables.
    spec, hyper
        Our id of what it is meant to be, and our hyperparameters.
    where
        Its code: "module:name" in this folder, a function from hyperparameters to a subject.
    dtypes
        The precisions in which it is tried.
    """

    id: str
    spec: str
    hyper: Mapping[str, Any]
    where: str
    dtypes: tuple[str, ...] = ("float32", "float64")

    def subject(self, **changes: Any) -> Any:
        """Return the subject with some hyperparameters changed; skip without its framework."""
        module, name = self.where.split(":")
        framework = FRAMEWORKS.get(module.rpartition("_")[2])
        if framework:
            pytest.importorskip(framework)
        rule: Rule = getattr(import_module(f"tests.planted.{module}"), name)
        return rule(OPTIMIZERS[self.spec].hyper(**{**self.hyper, **changes}))


@dataclass(frozen=True, kw_only=True)
class Fault(Planted):
    """A planted mistake.

    Attributes
    ----------
    row
        The number under which reports list the mistake; several may show one.
    wrong
        What was wrong, in plain words.
    source
        Where it happened: a public repository, and the pull request or issue.
    shown
        A tape that shows it, where the usual ones do not.
    """

    row: int
    wrong: str
    source: str
    shown: str = ""


@dataclass(frozen=True, kw_only=True)
class Absent:
    """A mistake that no optimizer specified here can have, and why."""

    row: int
    source: str
    why: str


def function(rule: Callable[..., Any]) -> Rule:
    """Make of ``rule(h, x, g, state)`` a function from ``h`` to ``step(x, g, state)``."""

    def of(h: Parameters) -> Any:
        def step(x: Any, g: Any, state: Any = None) -> Any:
            return rule(h, x, g, state)

        step.__name__, step.__doc__ = rule.__name__, rule.__doc__
        return step

    return of


def frozen(**values: Any) -> Mapping[str, Any]:
    """Return hyperparameters that nothing changes."""
    return MappingProxyType(values)
