"""Claim: what users call is typed; `Any` is left only where nothing narrower is true."""

from collections.abc import Iterator
from functools import cached_property
from inspect import getmembers_static, isclass, isfunction, unwrap
from types import FunctionType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import ArrayLike

import backends
import reference
from backends.native import A
from backends.protocol import UpdaterState
from backends.studies.results import Results
from reference.registry import Registry

EXPORTS = [getattr(package, name) for package in (reference, backends) for name in package.__all__]
OF_ANYTHING = {
    **dict.fromkeys(("Composition", "Optimizer", "Problem"), "formulas in any arithmetic"),
    **dict.fromkeys(("AllClose.reached", "GradientNorm.reached"), "arrays in any arithmetic"),
    **dict.fromkeys(("Schedule.at", "Schedule.factor"), "steps in any arithmetic"),
    **dict.fromkeys(("Arithmetic.to_dict", "Case.to_dict", "Parameters.to_dict"), "JSON"),
    "Schedule.to_dict": "JSON",
    "Case.from_dict": "JSON",
    "updater": "the type of array follows from the target's name",
}


def _function(member: Any) -> FunctionType | None:
    """The function of a method, a property or a cached function."""
    if isinstance(member, property):
        member = member.fget
    elif isinstance(member, cached_property):
        member = member.func
    found = unwrap(getattr(member, "__func__", member))
    return found if isfunction(found) else None


def _annotated() -> Iterator[Any]:
    """Every public function and class, and the public methods and properties of each class."""
    for export in (*EXPORTS, UpdaterState):
        if not isclass(export):
            yield from filter(None, [_function(export)])
            continue
        yield export
        for name, member in getmembers_static(export):
            if _function(member) and (name == "__init__" or name[0] != "_"):
                yield _function(member)


def _vague(hint: Any) -> bool:
    """Whether a type mentions Any; numpy's own types leave an array's shape open with it."""
    if hint in get_args(ArrayLike):
        return False
    if get_origin(hint) is np.ndarray:
        return _vague(get_args(hint)[1])
    return hint is Any or any(map(_vague, hint if isinstance(hint, list) else get_args(hint)))


LAZY = {"Results": Results}  # imported when a study runs, for they need pyarrow


def test_any_stands_only_where_it_must():
    """No type of the public functions, methods and fields mentions Any, but for those listed."""
    found = {
        each.__qualname__.removesuffix(".__init__")
        for each in _annotated()
        if any(map(_vague, get_type_hints(each, localns=LAZY).values()))
    }
    assert found == set(OF_ANYTHING)


def test_a_registry_says_what_it_holds():
    """The registries are mappings from id to one class."""
    hints = get_type_hints(reference.run) | get_type_hints(reference.case)
    hints |= get_type_hints(reference.goldens)
    for name, kind in {
        "OPTIMIZERS": reference.Optimizer,
        "PROBLEMS": reference.Problem,
        "CASES": reference.Case,
        "GOLDENS": reference.Golden,
    }.items():
        assert hints[name] == Registry[kind]


def test_an_updater_has_one_type_of_array():
    """States, gradients and steps of an `Updater[A]` are all of A."""
    updater, state = backends.Updater, UpdaterState[A]
    assert get_type_hints(updater.init)["return"] == state
    assert get_type_hints(updater.put)["return"] == A
    assert get_type_hints(updater.step) == {"state": state, "g": A, "return": state}
