"""Claim: every hyperparameter of every first-order optimizer does something, on every backend."""

from dataclasses import fields
from itertools import cycle, islice
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from reference import OPTIMIZERS, truth
from reference.schedules import Exponential
from tests.helpers import long_tapes, tapes
from tests.helpers.lists import FIRST_ORDER, HOSTS, each_once, factored, mixed, quick
from tests.helpers.peers import Ours

FORMS = ("l2", "decoupled", "independent", "after")
BESIDE = {"schedule": Exponential(gamma=0.875), "weight_decay": 0.25}
CLIPPING = {"clip_norm": 0.75, "clip_norm_eps": 2.0, "clip_value": 0.25}


def _bases(name):
    """Settings in which every option has every value, with all that stands beside the formula."""
    _, *settings = mixed(name)
    count = max(len(FORMS), len(settings))
    forms, ascents = cycle(FORMS), cycle((False, True))
    for own, form, climbs in islice(zip(cycle(settings), forms, ascents, strict=False), count):
        yield {**own, **BESIDE, **CLIPPING, "weight_decay_form": form, "maximize": climbs}


def _others(name, field, value):
    """The other values of an option, or another value of a number; None where it is valid."""
    hint: Any = get_type_hints(OPTIMIZERS[name].hyper, include_extras=True)[field]
    if hint is bool:
        return [not value]
    if get_origin(hint) is Literal:
        return [other for other in get_args(hint) if other != value]
    if type(None) not in get_args(hint):
        return [*factored(name, {field: value}, 0.75, 1.25).values()]
    if value is None:
        return [0.5]
    return [None, 0.75 * value] if isinstance(value, float) else [None]


def _leaves(true, base, found):
    """Whether two runs of a target are further apart than the bounds of both allow."""
    rows = np.arange(len(true.points))[:, None] < true.horizon
    apart = np.abs(found.points[: len(rows)] - base.points[: len(rows)]) > 2 * true.allowed
    last = true.horizon == len(rows)
    slots = zip(found.slots, base.slots, true.slots_allowed, strict=False)
    return (
        len(found.slots) != len(base.slots)
        or bool(apart[rows].any())
        or any(
            bool((np.abs(one - other) > 2 * allowed)[last].any()) for one, other, allowed in slots
        )
    )


def _tapes(name):
    """Tapes on which it may do something: short ones first, then all kinds for many steps."""
    for kind in ("unequal", "zeros", "repeated"):
        for base in _bases(name):
            yield tapes.tape(kind, name, base, "float64")
    start, gradients = long_tapes.numbers()
    for base in _bases(name):
        hyper = {**base, "clip_norm": None, "clip_value": None}
        yield long_tapes.Tape(name, start, gradients, hyper, "float64")


def _changes(name, hyper):
    """What may be changed, a choice or any number of a kind, and the hyperparameters then."""
    h = OPTIMIZERS[name].hyper(**hyper)
    for field in fields(h):
        for other in _others(name, field.name, getattr(h, field.name)):
            kind = other if isinstance(other, str) else type(other).__name__
            yield f"{field.name}: {kind}", {**hyper, field.name: other}


def _dead(name, target):
    """The changes that lead nowhere else, wherever they are tried."""
    waiting = {change for base in _bases(name) for change, _ in _changes(name, base)}
    for tape in _tapes(name):
        base = long_tapes.follow(Ours(target, tape, tape.hyper), tape)
        for change, hyper in _changes(name, tape.hyper):
            if change in waiting:
                found = long_tapes.follow(Ours(target, tape, hyper), tape)
                waiting -= {change} if _leaves(truth(tape), base, found) else set()
        if not waiting:
            break
    return sorted(waiting)


EVERY = [(name, target) for name in FIRST_ORDER for target in HOSTS]


@pytest.mark.parametrize(("name", "target"), quick(EVERY, each_once(FIRST_ORDER, HOSTS)))
def test_every_hyperparameter_is_alive(name, target):
    """With another value the path leaves the bound of some tape, by more than rounding."""
    assert _dead(name, target) == []
