"""Lists that tests iterate, derived from the registries."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from backends import TARGETS
from reference import CASES, OPTIMIZERS, distinct
from reference.first_order import SHARED
from reference.parameters import is_real

HOSTS = [target for target in TARGETS if target.endswith(":cpu")]
FIRST_ORDER = [name for name, spec in OPTIMIZERS.items() if spec.first_order]
DISTINCT = distinct(CASES)
FIRST = {
    case.optimizer: name for name, case in reversed(DISTINCT.items())
}  # each optimizer's first case


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


def off_defaults(optimizer: str) -> dict[str, float]:
    """Every real hyperparameter off its default: three quarters of it, or 0.25 if that is 0.

    Where that is out of range, five quarters.
    """
    kind = OPTIMIZERS[optimizer].hyper
    hints, defaults = get_type_hints(kind, include_extras=True), kind()
    found = {name: getattr(defaults, name) for name in reals(optimizer)}
    return {n: first_valid(hints[n], v * 0.75 or 0.25, v * 1.25) for n, v in found.items()}


def first_valid(hint: Any, *values: float) -> float:
    """The first of the values that a real hyperparameter of this type may have."""
    return next(value for value in values if value in get_args(hint)[1])


def further(optimizer: str) -> dict[str, float]:
    """Every real hyperparameter at half of `off_defaults`, or twice that where it is too low."""
    hints = get_type_hints(OPTIMIZERS[optimizer].hyper, include_extras=True)
    off = off_defaults(optimizer)
    return {name: first_valid(hints[name], v * 0.5, v * 2) for name, v in off.items()}


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
