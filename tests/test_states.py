"""Claim: on every backend an updater goes on from any state that it is given, as the truth does."""

from functools import partial
from itertools import product

import numpy as np
import pytest

import backends
from benchmarks.peers.published import PUBLISHED, Rule
from reference import DTYPES, OPTIMIZERS, Invalid, Tape, truth
from reference.states import array_names
from reports.cells import TapeCell
from tests.helpers import tapes, worst
from tests.helpers.lists import FIRST_ORDER, HOSTS, first_two, mixed, off_defaults, quick

BEFORE = 5  # steps after which a state is taken
MIXED = [(name, hyper) for name in FIRST_ORDER for hyper in mixed(name)]


def _id(hyper):
    return hyper if isinstance(hyper, str) else ("off" if hyper else "defaults")


def _state(name, hyper, dtype):
    """The exact state after some steps, in numbers that float32 has."""
    true = truth(tapes.tape("unequal", name, hyper, dtype, steps=BEFORE))
    return [slot.astype(np.float32).astype(float) for slot in true.slots]


def _end(tape, target):
    """The last parameters and slots of an updater that starts from the tape's state."""
    updater = backends.updater(tape.optimizer, target, tape.dtype, **tape.hyper)
    state = updater.init(tape.start, tape.slots, tape.t)
    for g in tape.gradients:
        state = updater.step(state, updater.put(g))
    assert state.t == tape.t + tape.steps
    slots = state.slots if isinstance(state.slots, tuple) else (state.slots,)
    return updater.get(state), [np.asarray(slot) for slot in slots]


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize(("name", "hyper"), quick(MIXED, first_two(MIXED)), ids=_id)
def test_a_given_state_follows_the_truth(name, hyper, target, record):
    """From given arrays and another number of steps; so far that JAX's table of steps begins anew.

    The number follows from nothing that the arrays hold: it is not the one after which they came.
    """
    for dtype, taken in zip(DTYPES, (2, 250), strict=True):
        start, gradients = tapes.numbers("unequal", seed=1)
        tape = Tape(name, start, gradients[:10], hyper, dtype, _state(name, hyper, dtype), taken)
        where = {"target": target, "dtype": dtype, "tape": "unequal"}
        cell = record(TapeCell(optimizer=name, way="from a state", **where))
        true, (point, slots) = truth(tape), _end(tape, target)
        cell.ratio = max(true.ratio(point), true.slots_ratio(slots))
        worst.within(cell, partial(worst.on_tape, tape, point, slots))


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_a_state_goes_on_where_it_was(name, target):
    """The bits are those of the updater that was not interrupted; the given arrays stay."""
    hyper = {**off_defaults(name), "schedule": {"rule": "cosine", "steps": 9}}
    start, gradients = tapes.numbers("unequal")
    for dtype in DTYPES:
        updater = backends.updater(name, target, dtype, **hyper)
        first = updater.init(start)
        for g in gradients[:BEFORE]:
            first = updater.step(first, updater.put(g))
        again = updater.init(updater.get(first), first.slots, first.t)
        ends = []
        for state in (again, first):
            for g in gradients[BEFORE:]:
                state = updater.step(state, updater.put(g))
            ends.append([state.x, *(state.slots if isinstance(state.slots, tuple) else [])])
        for one, other in zip(*ends, strict=True):
            assert np.array_equal(np.asarray(one), np.asarray(other))


def test_a_state_goes_from_one_backend_to_another():
    """Arrays of another framework are taken."""
    start, (g, *_) = tapes.numbers("unequal")
    ends = []
    for one, other in product(HOSTS, HOSTS):
        before, after = (backends.updater("adam", target, "float32") for target in (one, other))
        state = before.step(before.init(start), before.put(g))
        resumed = after.init(before.get(state), state.slots, state.t)
        ends.append(after.get(after.step(resumed, after.put(g))))
    tape = Tape("adam", start, [g, g], dtype="float32")
    assert max(map(truth(tape).ratio, ends)) <= 1


# Published numbers

LINE = partial(np.linspace, num=20)
ASSIGNMENT = {  # CS231n, assignment 2, FullyConnectedNets: what `optim.py` must give, to 8 decimals
    "momentum": (
        {"lr": 1e-3, "lr_inside": True},
        (-LINE(0.6, 0.9),),  # which it adds
        0,
        "0.1406 0.20738947 0.27417895 0.34096842 0.40775789 0.47454737 0.54133684 0.60812632 "
        "0.67491579 0.74170526 0.80849474 0.87528421 0.94207368 1.00886316 1.07565263 1.14244211 "
        "1.20923158 1.27602105 1.34281053 1.4096",
    ),
    "rmsprop": (
        {"lr": 1e-2, "decay": 0.99, "eps": 1e-8},
        (LINE(0.6, 0.9),),
        0,
        "-0.39223849 -0.34037513 -0.28849239 -0.23659121 -0.18467247 -0.132737 -0.08078555 "
        "-0.02881884 0.02316247 0.07515774 0.12716641 0.17918792 0.23122175 0.28326742 0.33532447 "
        "0.38739248 0.43947102 0.49155973 0.54365823 0.59576619",
    ),
    "adam": (
        {"lr": 1e-2},
        (LINE(0.6, 0.9), LINE(0.7, 0.5)),
        5,
        "-0.40094747 -0.34836187 -0.29577703 -0.24319299 -0.19060977 -0.1380274 -0.08544591 "
        "-0.03286534 0.01971428 0.0722929 0.1248705 0.17744702 0.23002243 0.28259667 0.33516969 "
        "0.38774145 0.44031188 0.49288093 0.54544852 0.59801459",
    ),
}


@pytest.mark.parametrize("name", ASSIGNMENT)
@pytest.mark.parametrize("target", HOSTS)
def test_the_assignment_of_cs231n(name, target):
    """Its updates start from a state; the printed decimals are all right."""
    hyper, slots, taken, printed = ASSIGNMENT[name]
    tape = Tape(name, LINE(-0.4, 0.6), [LINE(-0.6, 0.4)], hyper, "float64", slots, taken)
    point, _ = _end(tape, target)
    assert " ".join(f"{x:.8f}".rstrip("0") for x in point) == printed


@pytest.mark.parametrize("rule", [r for r in PUBLISHED if r.slots], ids=lambda r: r.framework)
def test_a_published_rule_starts_from_its_state(rule):
    """Our own first state leads elsewhere."""
    start, gradients = tapes.numbers("tiny")
    own = Tape(rule.optimizer, start, gradients, rule.ours)
    subject = Rule(rule)
    state = subject.init(start)
    for g in gradients:
        state = subject.step(state, g)
    assert truth(own).ratio(subject.get(state)) > 1


# Refusals

ONE = [1.0, 2.0]
WRONG = {
    "too few": ((ONE, (ONE,)), "adam: 1 arrays of state: expected 2: m, v"),
    "too many": ((ONE, (ONE, ONE, ONE)), "adam: 3 arrays of state: expected 2: m, v"),
    "one array of numbers": ((ONE, np.ones(2)), "adam: 1 arrays of state: expected 2: m, v"),
    "another size": ((ONE, (ONE, [1.0])), r"slots\[1\] of shape \(1,\): expected \(2,\), a number"),
    "a matrix": ((ONE, ([ONE], ONE)), r"slots\[0\] of shape \(1, 2\): expected \(2,\)"),
    "no numbers": ((ONE, (ONE, ["a", "b"])), r"slots\[1\] = .*expected real numbers"),
    "complex": ((ONE, (ONE, [1j, 1j])), r"slots\[1\] = .*expected real numbers"),
    "not finite": ((ONE, (ONE, [1.0, np.nan])), r"slots\[1\]\[1\] = nan: expected a number that"),
    "too large": ((ONE, (ONE, [1e39, 1.0])), r"slots\[1\]\[0\] = 1e\+39: .* finite in float32"),
    "before": ((ONE, (ONE, ONE), -1), "t = -1: expected the number of steps taken before, from 0"),
    "between": ((ONE, (ONE, ONE), 1.5), r"t = 1\.5: expected the number of steps taken before"),
    "a truth": ((ONE, (ONE, ONE), True), "t = True: expected the number of steps taken before"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_state_is_refused(name):
    """Every backend and a tape name the array, and say what was expected."""
    given, message = WRONG[name]
    for target in HOSTS:
        with pytest.raises(Invalid, match=message):
            backends.updater("adam", target, "float32").init(*given)
    start, slots, *taken = given
    slots = slots if isinstance(slots, tuple) else (slots,)
    with pytest.raises(Invalid, match=message):
        Tape("adam", start, [start], {}, "float32", slots, *taken)


def test_an_optimizer_that_keeps_nothing_has_no_state():
    """And says so; nothing is a state too."""
    updater = backends.updater("gd")
    assert updater.get(updater.init(ONE, (), 3)).tolist() == ONE
    with pytest.raises(Invalid, match="gd: 1 arrays of state: expected none, for it keeps nothing"):
        updater.init(ONE, (ONE,))


def test_the_names_of_a_state_are_the_specifications():
    """Numbers and what is not used are left out."""
    spec = OPTIMIZERS["adam"]
    assert array_names(spec, spec.hyper()) == ("m", "v")
    assert array_names(spec, spec.hyper(amsgrad="raw")) == ("m", "v", "largest")


def test_a_tape_from_a_state_is_another_one():
    """Equality, a part of it, and a copy keep the state."""
    slots = np.arange(2.0), np.arange(2.0, 4.0)
    tape = Tape("adam", ONE, [ONE], {}, "float64", slots, 3)
    assert tape != Tape("adam", ONE, [ONE])
    assert tape != Tape("adam", ONE, [ONE], {}, "float64", slots, 4)
    part = tape.at(slice(1))
    assert [s.tolist() for s in part.slots] == [[0.0], [2.0]]
    assert part.t == 3
