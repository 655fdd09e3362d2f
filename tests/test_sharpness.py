"""Claim: the bound notices what it is said to notice, and rounding alone does not exceed it."""

import math
from dataclasses import replace

import numpy as np
import pytest

import backends
from reference import CASES, DTYPES, Case, Invalid, Tape, compare, truth
from reference.agreement import MARGIN
from reference.sharpness import LEAST, coverage, reals, sharpness
from tests.helpers import tapes
from tests.helpers.lists import FIRST_ORDER

NOTICED = [
    "000/xcos_gd_2",
    "000/cosh_newton_1",
    "002/slow_diagonal_newton",
    "003/adam",
    "004/PG",
]


def _tape_ratio(tape, changes):
    """How far numpy is from the truth with other hyperparameters, in bounds."""
    true = truth(tape)
    updater = backends.updater(tape.optimizer, "numpy:cpu", tape.dtype, **tape.hyper | changes)
    state = updater.init(tape.start)
    ratios = []
    for step, g in enumerate(tape.gradients, start=1):
        state = updater.step(state, updater.put(g))
        ratios.append(true.ratio(updater.get(state), step))
    slots = state.slots if isinstance(state.slots, tuple) else (state.slots,)
    return max(*ratios, true.slots_ratio(slots))


def _case_ratio(case, changes):
    path = backends.run(replace(case, hyper={**case.hyper, **changes}), "numpy:cpu")
    return compare(replace(path, case=case)).ratio


def _check(run, ratio):
    """Three times the least change exceeds the bound, a tenth of it does not."""
    for name, least in sharpness(run).items():
        value = getattr(run.hyperparameters, name, None)
        if value is None or not math.isfinite(least):
            continue
        more = max(3 * least, 2 * np.spacing(value) / value)  # that float64 can tell apart
        assert ratio(run, {name: value * (1 + more)}) > 1, (name, least)
        assert ratio(run, {name: value * (1 + least / 10)}) <= 1, (name, least)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NOTICED)
def test_a_case_with_another_hyperparameter_is_noticed(name, dtype):
    """From the change on that is said to be, and not much below it."""
    _check(replace(CASES[name], dtype=dtype), _case_ratio)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["unequal", "repeated"])
@pytest.mark.parametrize("optimizer", FIRST_ORDER)
def test_a_tape_with_another_hyperparameter_is_noticed(optimizer, kind, dtype):
    """On a tape too, states included: every first-order optimizer."""
    _check(tapes.tape(kind, optimizer, {}, dtype), _tape_ratio)


@pytest.mark.parametrize(("dtype", "most"), [("float32", 1e-4), ("float64", 1e-12)])
def test_adams_learning_rate_is_noticed(dtype, most):
    """Far better than by a change of 1e-4 and 1e-12, of which less would be a wrong formula.

    A bias correction that is computed in float32 is wrong by 7e-6: the bound has to notice that.
    """
    case = Case("adam", "steep_optima", hyper={"lr": 0.05}, steps=50, dtype=dtype)
    found = sharpness(case)
    assert found["lr"] < most / 10
    assert all(found[name] < most for name in ("beta1", "beta2", "k.means", "k.variance"))


def test_every_real_number_of_a_run_has_its_sharpness():
    """Hyperparameters and constants by name; counts and conventions are none."""
    case = CASES["002/line_search"]
    assert reals(case) == ("max_lr", "k.a", "k.slope")
    assert set(sharpness(CASES["004/adagrad"])) == {"lr", "eps", "initial_accumulator"}


def test_what_changes_nothing_is_not_noticed():
    """A zero, however multiplied; and the largest learning rate of a search that finds its own."""
    assert sharpness(CASES["004/adagrad"])["initial_accumulator"] == math.inf
    assert sharpness(tapes.tape("unequal", "adagrad", {"eps": 0.0}, "float64"))["eps"] == math.inf
    search = Case("line_search", "quadratic", hyper={"halvings": 60}, steps=2, dtype="float32")
    assert sharpness(search)["max_lr"] == math.inf


def test_a_start_that_follows_from_the_hyperparameters_is_changed_with_them():
    """A bracket's ends are noticed by the first point, its middle."""
    found = sharpness(CASES["002/bisection"])
    unit = np.finfo(CASES["002/bisection"].dtype).eps
    assert found["a"] < unit
    assert found["b"] < 2 * unit


SURE = {
    "stable": CASES["000/x2_gd_0.2"],
    "unstable": CASES["000/x2_gd_1.1"],
    "chaotic": replace(CASES["001/pathological_gd"], steps=10),
    "there after one step": CASES["002/slow_diagonal_newton"],
    "gradients given": tapes.tape("zeros", "adam", {}, "float32"),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SURE)
def test_a_thousand_independent_runs_stay_within_the_bound(name, dtype):
    """With other seeds than the bound's: none exceeds it, and it is not many times too wide."""
    found = coverage(replace(SURE[name], dtype=dtype), 1000)
    assert found.runs == 1000
    assert found.beyond == 0
    assert 0.1 < found.ratio <= 1
    for quantiles in found.factors.values():
        assert list(quantiles) == sorted(quantiles)
    assert found.factors[64][-2] <= MARGIN
    assert found.factors[8][-2] > found.factors[64][-2]  # the largest of more runs covers more


def test_a_coverage_of_few_runs_is_refused():
    """As many as the largest group and others beside it."""
    with pytest.raises(Invalid, match=f"runs = 10: expected {LEAST} or more"):
        coverage(CASES["000/x2_gd_0.2"], 10)


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "adagrad", "adam"])
def test_errors_that_add_up_are_within_the_bound(optimizer):
    """A thousand equal gradients: where each step rounds the same way, errors grow as the steps.

    Independent errors would grow as the square root of the steps, and bound no such run.
    """
    rng = np.random.default_rng(1)
    start, gradient = (rng.normal(size=7).astype(np.float32).astype(float) for _ in range(2))
    hyper = {"initial_accumulator": 0.25} if optimizer == "adagrad" else {}
    tape = Tape(optimizer, start, np.tile(gradient, (1000, 1)), hyper, "float32")
    assert _tape_ratio(tape, {}) <= 0.5
