"""Lists that tests iterate, derived from the registries."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import cycle, product
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from backends import TARGETS
from reference import CASES, OPTIMIZERS, distinct
from reference.first_order import SHARED
from reference.parameters import Parameters, is_real

HOSTS = [target for target in TARGETS if target.endswith(":cpu")]
FIRST_ORDER = [name for name, spec in OPTIMIZERS.items() if spec.first_order]
DISTINCT = distinct(CASES)
FIRST = {
    case.optimizer: name for name, case in reversed(DISTINCT.items())
}  # each optimizer's first case


def quick(rows: Iterable[Any], chosen: Callable[..., bool] | Collection[Any]) -> list[Any]:
    """Parameters of a test: the chosen ones, and the others for exhaustive tests.

    ``chosen`` is a collection of rows, or a function of a row's values.
    """
    found = []
    for row in rows:
        values = row if type(row) is tuple else (row,)
        is_quick = chosen(*values) if callable(chosen) else row in chosen
        found.append(pytest.param(*values, marks=() if is_quick else pytest.mark.exhaustive))
    return found


def each_once(names: Iterable[str], *axes: Collection[str]) -> list[tuple[str, ...]]:
    """Every name with one value of each axis; the combinations of these take turns."""
    return [(name, *values) for name, values in zip(names, cycle(product(*axes)))]


def first_two(rows: Iterable[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """Of an optimizer's settings the defaults, and the first that is off them."""
    found: dict[tuple[str, bool], tuple[str, dict[str, Any]]] = {}
    for name, hyper in rows:
        found.setdefault((name, bool(hyper)), (name, hyper))
    return [*found.values()]


def reals(optimizer: str) -> list[str]:
    """The names of the hyperparameters that are real numbers."""
    hints = get_type_hints(OPTIMIZERS[optimizer].hyper, include_extras=True)
    return [name for name, hint in hints.items() if is_real(hint)]


def choices(optimizer: str) -> dict[str, tuple[Any, ...]]:
    """The options of an optimizer's formula, with all their values; None and 0.5 of a number."""
    found: dict[str, tuple[Any, ...]] = {}
    for name, hint in get_type_hints(OPTIMIZERS[optimizer].hyper, include_extras=True).items():
        if name in SHARED:
            continue  # tests/test_modifiers.py has these
        if hint is bool:
            found[name] = (False, True)
        elif get_origin(hint) is Literal:
            found[name] = get_args(hint)
        elif type(None) in get_args(hint):
            found[name] = (None, 0.5)
    return found


def factored(optimizer: str, values: Mapping[str, float], *factors: float) -> dict[str, float]:
    """Real hyperparameters times the first of the factors with which they are valid."""
    hints = get_type_hints(OPTIMIZERS[optimizer].hyper, include_extras=True)
    tried = {name: [value * factor for factor in factors] for name, value in values.items()}
    return {n: next(v for v in vs if v in get_args(hints[n])[1]) for n, vs in tried.items()}


def moved(optimizer: str, h: Parameters) -> dict[str, float]:
    """Every real hyperparameter at three quarters of its value, or five where three are too few."""
    return factored(optimizer, {name: getattr(h, name) for name in reals(optimizer)}, 0.75, 1.25)


def off_defaults(optimizer: str) -> dict[str, float]:
    """Every real hyperparameter `moved` from its default, at 0.25 if that is 0."""
    found = moved(optimizer, OPTIMIZERS[optimizer].hyper())
    return {name: value or 0.25 for name, value in found.items()}


def further(optimizer: str) -> dict[str, float]:
    """Every real hyperparameter at half of `off_defaults`, or twice where that is too little."""
    return factored(optimizer, off_defaults(optimizer), 0.5, 2.0)


def mixed(optimizer: str) -> Iterator[dict[str, Any]]:
    """The defaults, then a few settings in which every value of every option occurs once or more,
    with all real hyperparameters off their defaults.
    """
    yield {}
    off, conventions = off_defaults(optimizer), choices(optimizer)
    for k in range(max(map(len, conventions.values()), default=1)):
        values = enumerate(conventions.items())
        yield off | {name: each[(i + k) % len(each)] for i, (name, each) in values}


def settings(optimizer: str) -> Iterator[dict[str, Any]]:
    """The defaults, then each value of each option with all real hyperparameters off default."""
    yield {}
    off, conventions = off_defaults(optimizer), choices(optimizer)
    assert {f.name for f in fields(OPTIMIZERS[optimizer].hyper)} >= {*off, *conventions}
    if not conventions:
        yield off
    for name, values in conventions.items():
        for value in values:
            yield {**off, name: value}
