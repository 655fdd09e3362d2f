"""The conventions that an optimizer's formula may follow, as changes of its hyperparameters."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Literal, get_args, get_origin, get_type_hints

from reference import OPTIMIZERS, Invalid
from reference.parameters import Interval, is_real

Hyper = Mapping[str, Any]

# The values that frameworks have by default, beside our own defaults. The learning rate is not
# among them: it is solved for, since steps are proportional to it.
_EPS = (0.0, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-3)
IN_USE: Mapping[str, tuple[Any, ...]] = {
    "beta1": (0.9, 0.95),
    "beta2": (0.999, 0.99, 0.95),
    "dampening": (0.1,),
    "decay": (0.9, 0.95, 0.99),
    "eps": _EPS,
    "eps_root": _EPS,
    "initial_accumulator": (0.0, 0.1, 1.0),
    "initial_average": (0.0, 1.0),
    "momentum": (None, 0.9),
    "weight_decay": (1e-4, 4e-3, 1e-2),
}
# one-parameter schedules: the rule, its number, and where that lies
SCHEDULES: tuple[tuple[str, str, Interval], ...] = (
    ("inverse_time", "decay", Interval(low=0)),
    ("exponential", "gamma", Interval(low=0, high=1)),
    ("inverse_power", "power", Interval(low=0)),
)


def _hints(optimizer: str) -> dict[str, Any]:
    return get_type_hints(OPTIMIZERS[optimizer].hyper, include_extras=True)


def differing(optimizer: str, hyper: Hyper) -> dict[str, Any]:
    """Return the hyperparameters that are not the optimizer's defaults."""
    defaults = OPTIMIZERS[optimizer].hyper().to_dict()
    return {name: value for name, value in hyper.items() if defaults[name] != value}


def _choices(hint: Any) -> tuple[Any, ...]:
    """Return the values of an option, () of a number."""
    if hint is bool:
        return (False, True)
    return get_args(hint) if get_origin(hint) is Literal else ()


def options(optimizer: str, hyper: Hyper) -> list[tuple[str, Any]]:
    """List the single changes of what is no number: a hyperparameter's name and another value."""
    return [
        (name, each)
        for name, hint in _hints(optimizer).items()
        for each in _choices(hint)
        if each != hyper[name]
    ]


def _numbers(optimizer: str, hyper: Hyper) -> list[tuple[str, Any]]:
    """List the single changes of a number to one in use, or to another one of the same range.

    A number is often given in another's place: eps under the root, or two betas exchanged.
    """
    hints, defaults = _hints(optimizer), OPTIMIZERS[optimizer].hyper().to_dict()
    reals = [name for name, hint in hints.items() if is_real(hint) and name != "lr"]
    found: list[tuple[str, Any]] = []
    for name in dict.fromkeys([*reals, *(IN_USE.keys() & hints.keys())]):
        alike = [hyper[n] for n in reals if hints[n] == hints[name] and hyper[n]]
        values = dict.fromkeys([defaults[name], *IN_USE.get(name, ()), *alike])
        found += [(name, each) for each in values if each != hyper[name]]
    return found


def valid(optimizer: str, hyper: Hyper) -> bool:
    """Whether the optimizer can be set to these hyperparameters."""
    try:
        OPTIMIZERS[optimizer].hyper.build(optimizer, hyper)
    except Invalid:
        return False
    return True


def changed(
    optimizer: str, hyper: Hyper, count: int, numbers: bool = True
) -> Iterator[dict[str, Any]]:
    """Yield the hyperparameters with ``count`` of them changed, in every way that is valid.

    ``numbers`` says whether numbers are changed, or options alone.
    """
    single = options(optimizer, hyper) + (_numbers(optimizer, hyper) if numbers else [])
    for changes in combinations(single, count):
        new = dict(changes)
        if len(new) == count and valid(optimizer, {**hyper, **new}):
            yield {**hyper, **new}


def elsewhere(optimizer: str, hyper: Hyper) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the other first-order optimizers, with the hyperparameters that they share."""
    for other, spec in OPTIMIZERS.items():
        if spec.first_order and other != optimizer:
            names = spec.hyper().to_dict()
            shared = {name: value for name, value in hyper.items() if name in names}
            if valid(other, shared):
                yield other, spec.hyper.build(other, shared).to_dict()


def unknowns(optimizer: str) -> Iterator[tuple[str, str, Interval]]:
    """Yield the numbers that can be solved for: a hyperparameter, a schedule's rule, the range.

    The rule is "" for a number that is not a schedule's.
    """
    for name, hint in _hints(optimizer).items():
        arguments = get_args(get_args(hint)[0]) if type(None) in get_args(hint) else get_args(hint)
        if name != "lr" and arguments[:1] == (float,):
            yield name, "", arguments[1]
    for rule, _, interval in SCHEDULES:
        yield "schedule", rule, interval


def with_number(hyper: Hyper, name: str, rule: str, value: float) -> dict[str, Any]:
    """Return the hyperparameters with a number of `unknowns` set."""
    if not rule:
        return {**hyper, name: value}
    number = next(each for known, each, _ in SCHEDULES if known == rule)
    return {**hyper, name: {"rule": rule, number: value}}
