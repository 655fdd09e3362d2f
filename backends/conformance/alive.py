"""Whether every hyperparameter is alive: a subject that is set otherwise must go elsewhere."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from backends.conformance.exact import exact
from backends.conformance.given import Settings, changed
from backends.conformance.recording import Raised
from backends.conformance.rules import Rule
from backends.conformance.subjects import Subject
from backends.conformance.tapes import KINDS, tape
from backends.conformance.trial import Place, on
from backends.conformance.verdict import RIGHT, WRONG, Trial, moved
from reference import Invalid

TAPE = "unequal"
SEEN = 4  # bounds that the exact paths must part by: the subject's is then seen to part, too
FACTORS = (1.25, 0.75, 4.0, 1e5)
FROM_ZERO = (0.125, 1.0)

Settle = Callable[[Mapping[str, Any]], Settings]


def alive(
    make: Callable[[Settings], Subject], settle: Settle, settings: Settings, base: Trial
) -> Iterator[Trial]:
    """Yield a trial for each of the subject's hyperparameters, set otherwise.

    Where the subject is wrong as it is set, only what it ignores says more.

    Parameters
    ----------
    make, settle
        Make the subject, and its settings from what is passed to it.
    base
        The trial on the tape `TAPE` as it is set.
    """
    for name, value in settings.knobs.items():
        other = _other(settle, settings, name, value, base.dtype)
        if other is None:
            continue
        with suppress(Raised):
            words = f"{name} = {other.passed[name]!r}"
            trial = _tried(make(other), other, base, words)
            if _same(trial, base):
                yield replace(trial, verdict=WRONG, why=f"it ignores {name}")
            elif base.verdict == RIGHT:
                yield trial


def _tried(subject: Subject, settings: Settings, base: Trial, words: str) -> Trial:
    run = tape(TAPE, settings.optimizer, settings.ours, base.dtype)
    place = Place(base.dtype, base.path, unproven=True)
    return on(subject, KINDS[TAPE], run, f"{TAPE}, {words}", place)


def _same(trial: Trial, base: Trial) -> bool:
    """Whether the subject went where it went before."""
    if trial.points is None or base.points is None:
        return False
    return np.array_equal(trial.points, base.points, equal_nan=True)


def _other(
    settle: Settle, settings: Settings, name: str, value: Any, dtype: str
) -> Settings | None:
    """Return settings with another value of ``name`` that leads the specification elsewhere."""
    now = exact(KINDS[TAPE], tape(TAPE, settings.optimizer, settings.ours, dtype))
    for other in _values(settings.rules[name], name, value):
        try:
            found = settle({**settings.passed, name: other})
            run = tape(TAPE, found.optimizer, found.ours, dtype)
        except (Invalid, ValueError, TypeError):  # no value of this hyperparameter
            continue
        if moved(now, exact(KINDS[TAPE], run)) > SEEN:
            return found
    return None


def _values(rule: Rule, name: str, value: Any) -> Iterator[Any]:
    """Yield other values, those near first."""
    if not rule.names:
        return
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield from _numbers(float(value))
    elif isinstance(value, (tuple, list)):
        for i, ours in enumerate(rule.names):
            for number in _numbers(float(value[i])):
                yield changed(rule, tuple(value), ours, number)
    elif value is None:
        yield from FROM_ZERO


def _numbers(value: float) -> Iterator[float]:
    if value == 0 or not math.isfinite(value):
        yield from FROM_ZERO
        return
    if 0.5 < value < 1:  # a decay: change what it leaves
        yield from (1 - (1 - value) * factor for factor in FACTORS[:3])
    yield from (value * factor for factor in FACTORS)
