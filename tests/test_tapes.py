"""Claim: on given gradients every optimizer takes the specification's steps, however it is set.

Every value of every convention, with every hyperparameter off its default, on gradients that are
unequal, zero, tiny, huge and repeated: in the updater with few parameters and with many, in every
mode of a run, and in a sweep.
"""

from dataclasses import replace

import numpy as np
import pytest

from backends import modes_of, run, sweep
from reference import DTYPES, truth
from reports.cells import TapeCell
from tests.helpers import tapes
from tests.helpers.lists import FIRST_ORDER, HOSTS, off_defaults, reals, settings

MANY = 2**18  # from so many parameters on a backend may take another way
SET = [(name, hyper) for name in FIRST_ORDER for hyper in settings(name)]
MODES = [(target, mode) for target in HOSTS for mode in modes_of(target)]


def _id(value):
    if not isinstance(value, dict):
        return None
    shown = {k: v for k, v in value.items() if not isinstance(v, float)}
    return ",".join(f"{k}={v}" for k, v in shown.items()) or ("off" if value else "defaults")


@pytest.fixture
def check(record):
    """Compare an end with the truth of its tape; keep the worst ratio as a cell."""

    def compare(target, way, kind, tape, point, slots=None):
        where = {"target": target, "dtype": tape.dtype}
        cell = record(TapeCell(optimizer=tape.optimizer, **where, way=way, tape=kind))
        true = truth(tape)
        cell.ratio = true.ratio(point)
        if slots is not None:
            cell.ratio = max(cell.ratio, true.slots_ratio(slots))
        assert cell.ratio <= 1, (way, kind, tape.dtype, dict(tape.hyper))

    return compare


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize(("name", "hyper"), SET, ids=_id)
def test_an_updater_follows_the_truth(name, hyper, target, check):
    """Parameters and slots, in both precisions, on every tape."""
    for dtype in DTYPES:
        for kind in tapes.KINDS:
            tape = tapes.tape(kind, name, hyper, dtype)
            check(target, "updater", kind, tape, *tapes.end(tape, target))


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize(("name", "hyper"), SET, ids=_id)
def test_many_parameters_follow_the_truth(name, hyper, target, check):
    """The same bits at every place, and what is compiled for one setting serves no other."""
    copies = MANY // tapes.SIZE + 1
    tape = tapes.tape("unequal", name, hyper, "float32", steps=3)
    point, slots = tapes.end(tape, target, copies)
    for array in (point, *slots):
        rows = array.reshape(-1, tapes.SIZE)
        assert (rows == rows[0]).all()
    first = slice(tapes.SIZE)
    check(target, "many parameters", "unequal", tape, point[first], [s[first] for s in slots])


@pytest.mark.parametrize(("target", "mode"), MODES, ids=str)
@pytest.mark.parametrize(("name", "hyper"), SET, ids=_id)
def test_a_run_follows_the_truth(name, hyper, target, mode, check, few_unrolled):
    """In every mode and precision."""
    for dtype in DTYPES:
        tape = tapes.tape("unequal", name, hyper, dtype)
        path = run(tapes.case(tape), target, mode, "analytic")
        check(target, mode, "unequal", tape, path.points[-1])


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize(("name", "hyper"), SET, ids=_id)
def test_a_sweep_follows_the_truth(name, hyper, target, check):
    """Two starts, and two values of every hyperparameter, each member with its own."""
    tape = tapes.tape("unequal", name, hyper, "float32", steps=8)
    case = tapes.case(tape)
    lists = {
        n: [getattr(case.hyperparameters, n), 0.5 * off_defaults(name)[n]] for n in reals(name)
    }
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
