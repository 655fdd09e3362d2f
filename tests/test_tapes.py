"""Claim: on given gradients every optimizer follows its specification, with any settings.

The settings are the defaults, and every value of every option with all other hyperparameters off
their defaults: mixed, and in the updater also one option at a time. The gradients are unequal,
zero, tiny, huge or repeated. They run in the updater with few and with many parameters, in every
mode of a run, and in a sweep.
"""

from dataclasses import replace
from functools import partial
from types import ModuleType

import numpy as np
import pytest

from backends import modes_of, run, sweep
from backends.native import native
from reference import DTYPES, Invalid, truth
from reports.cells import TapeCell
from tests.helpers import tapes, worst
from tests.helpers.lists import (
    FIRST_ORDER,
    HOSTS,
    each_once,
    first_two,
    further,
    mixed,
    quick,
    settings,
)

MANY = 2**18  # parameters; a backend may use other code from some size on
MIXED = [(name, hyper) for name in FIRST_ORDER for hyper in mixed(name)]
APART = [(name, hyper) for name in FIRST_ORDER for hyper in settings(name)]
SETTINGS = quick([*MIXED, *(each for each in APART if each not in MIXED)], MIXED)
FEW, ONCE = first_two(MIXED), each_once(FIRST_ORDER, HOSTS)
RUNS = quick(
    [
        (*each, target, mode)
        for each in MIXED
        for target in HOSTS
        for mode in modes_of(target)
        if each[1] or mode == modes_of(target)[0]  # a compiler takes a second for each
    ],
    lambda name, hyper, target, mode: (
        (name, hyper) in FEW and (mode == modes_of(target)[0] or (name, target) in ONCE)
    ),
)
BY_MANY = quick(
    [(*each, target) for each in MIXED for target in HOSTS],
    lambda name, hyper, target: bool(hyper) and (name, hyper) in FEW and (name, target) in ONCE,
)


def _id(value):
    if not isinstance(value, dict):
        return None
    shown = {k: v for k, v in value.items() if not isinstance(v, float)}
    return ",".join(f"{k}={v}" for k, v in shown.items()) or ("off" if value else "defaults")


@pytest.fixture
def check(record):
    """Assert that the last parameters and slots are within their bounds, and record a cell."""

    def compare(target, way, kind, tape, point, slots=None):
        where = {"target": target, "dtype": tape.dtype}
        cell = record(TapeCell(optimizer=tape.optimizer, **where, way=way, tape=kind))
        true = truth(tape)
        cell.ratio = true.ratio(point)
        if slots is not None:
            cell.ratio = max(cell.ratio, true.slots_ratio(slots))
        worst.within(cell, partial(worst.on_tape, tape, point, slots or ()))

    return compare


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize(("name", "hyper"), SETTINGS, ids=_id)
def test_an_updater_follows_the_truth(name, hyper, target, check):
    """The updater's parameters and slots are within their bounds, in both dtypes, on every tape
    but that on which rounding may lead anywhere, as it does where a variance of huge gradients is
    centered.
    """
    chaotic = []
    for dtype in DTYPES:
        for kind in tapes.KINDS:
            tape = tapes.tape(kind, name, hyper, dtype)
            if truth(tape).horizon.max() > tape.steps:
                check(target, "updater", kind, tape, *tapes.end(tape, target))
            else:
                chaotic.append((kind, dtype))
    assert chaotic in ([], [("huge", "float32")] if hyper.get("centered") else [])


@pytest.mark.parametrize(("name", "hyper", "target"), BY_MANY, ids=_id)
def test_many_parameters_follow_the_truth(name, hyper, target, check):
    """Copies of a tape side by side give the same bits, within the bound."""
    copies = MANY // tapes.SIZE + 1
    tape = tapes.tape("unequal", name, hyper, "float32", steps=3)
    point, slots = tapes.end(tape, target, copies)
    for array in (point, *slots):
        rows = array.reshape(-1, tapes.SIZE)
        assert (rows == rows[0]).all()
    first = slice(tapes.SIZE)
    check(target, "many parameters", "unequal", tape, point[first], [s[first] for s in slots])


@pytest.mark.parametrize(("name", "hyper", "target", "mode"), RUNS, ids=_id)
def test_a_run_follows_the_truth(name, hyper, target, mode, check, few_unrolled):
    """A run ends within its bound, in every mode; in the target's default mode also with the
    defaults, and in both dtypes.
    """
    for dtype in DTYPES if mode == modes_of(target)[0] else DTYPES[:1]:
        tape = tapes.tape("unequal", name, hyper, dtype)
        path = run(tapes.case(tape), target, mode, "analytic")
        check(target, mode, "unequal", tape, path.points[-1])


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize(("name", "hyper"), quick(MIXED, FEW), ids=_id)
def test_a_sweep_follows_the_truth(name, hyper, target, check):
    """Members of a sweep over starts and all real hyperparameters end within their bounds."""
    tape = tapes.tape("unequal", name, hyper, "float32", steps=8)
    case = tapes.case(tape)
    lists = {n: [getattr(case.hyperparameters, n), v] for n, v in further(name).items()}
    starts = np.stack([tape.start, tape.start[::-1]])
    swept = sweep(case, starts, lists, target, "analytic", progress=False)
    for i, *js in (
        (0, *(0,) * len(lists)),
        (1, *(1,) * len(lists)),
        (1, 1, *(0,) * (len(lists) - 1)),
    ):
        member = {n: values[j] for (n, values), j in zip(lists.items(), js, strict=True)}
        alone = replace(tape, start=starts[i], hyper={**hyper, **member})
        check(target, "sweep", "unequal", alone, swept.points[i, *js])


def test_a_state_of_another_size_is_refused():
    """The error says how many arrays the specification's state has."""
    true = truth(tapes.tape("unequal", "adam", {}, "float64", steps=2))
    with pytest.raises(Invalid, match="1 arrays of state: expected 2"):
        true.slots_ratio(true.slots[:1])


def test_a_slot_that_is_none_is_refused():
    """The error names the module, and says what to do."""
    module = ModuleType("backends.numpy.odd")
    module.update, module.slots = (lambda c, x, g, s: (x, s)), (lambda h, x: (x, None))
    with pytest.raises(Invalid, match=r"backends\.numpy\.odd: slots\(h, x\) returned None"):
        native(module).slots(None, np.zeros(2))


def test_a_tape_that_is_left_says_where():
    """The parameter or slot furthest off, with what it is, what is exact and what is allowed."""
    tape = tapes.tape("unequal", "momentum", {}, "float64", steps=2)
    true = truth(tape)
    point, slots = true.points[-1].astype(float), [s.astype(float) for s in true.slots]
    slots[0][1] += 1
    words = str(worst.on_tape(tape, point, slots))
    assert words.startswith("array 0 of the state, element 1: got ")
