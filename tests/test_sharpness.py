"""Claim: bounds detect changes as small as `sharpness` says, and rounding does not exceed them."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import backends
from reference import CASES, DTYPES, Case, Invalid, Tape, compare, truth
from reference.agreement import MARGIN
from reference.sharpness import LEAST, coverage, reals, sharpness
from tests.helpers import tapes
from tests.helpers.lists import FIRST_ORDER, each_once, factored, quick

NOTICED = [
    "000/xcos_gd_2",
    "000/cosh_newton_1",
    "002/slow_diagonal_newton",
    "003/adam",
    "004/PG",
]


def _tape_ratio(tape, changes):
    """The largest ratio of error to bound on numpy, with changed hyperparameters."""
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
    """Three times the smallest detected change exceeds the bound, a tenth of it does not."""
    for name, least in sharpness(run).items():
        value = getattr(run.hyperparameters, name, None)
        if value is None or not math.isfinite(least):
            continue
        more = max(3 * least, 2 * np.spacing(value) / value)  # at least two float64 numbers away
        much, little = (
            factored(run.optimizer, {name: value}, 1 + by, 1 - by)[name]
            for by in (more, least / 10)
        )
        assert ratio(run, {name: much}) > 1, (name, least)
        assert ratio(run, {name: little}) <= 1, (name, least)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NOTICED)
def test_a_case_with_another_hyperparameter_is_noticed(name, dtype):
    """The bound of a case detects the predicted change of a hyperparameter, not a tenth of it."""
    _check(replace(CASES[name], dtype=dtype), _case_ratio)


KINDS = "unequal", "repeated"
TAPES = [*product(FIRST_ORDER, KINDS, DTYPES)]
ONCE = each_once(FIRST_ORDER, KINDS, DTYPES)


@pytest.mark.parametrize(("optimizer", "kind", "dtype"), quick(TAPES, ONCE))
def test_a_tape_with_another_hyperparameter_is_noticed(optimizer, kind, dtype):
    """The bound of a tape detects it too, for every first-order optimizer, slots included."""
    _check(tapes.tape(kind, optimizer, {}, dtype), _tape_ratio)


@pytest.mark.parametrize(("dtype", "most"), [("float32", 1e-4), ("float64", 1e-12)])
def test_adams_learning_rate_is_noticed(dtype, most):
    """The bound detects a relative change of lr far below 1e-4, or 1e-12 in float64.

    A bias correction computed in float32 is wrong by 7e-6, and must be detected.
    """
    case = Case("adam", "steep_optima", hyper={"lr": 0.05}, steps=50, dtype=dtype)
    found = sharpness(case)
    assert found["lr"] < most / 10
    assert all(found[name] < most for name in ("beta1", "beta2", "k.means", "k.variance"))


def test_every_real_number_of_a_run_has_its_sharpness():
    """Sharpness lists real hyperparameters and constants by name, without counts and options."""
    case = CASES["002/line_search"]
    assert reals(case) == ("max_lr", "k.a", "k.slope")
    assert set(sharpness(CASES["004/adagrad"])) == {
        *("lr", "eps", "initial_accumulator", "weight_decay", "clip_norm_eps")
    }


def test_what_changes_nothing_is_not_noticed():
    """A number without effect has infinite sharpness, such as a zero that is multiplied."""
    assert sharpness(CASES["004/adagrad"])["initial_accumulator"] == math.inf
    assert sharpness(tapes.tape("unequal", "adagrad", {"eps": 0.0}, "float64"))["eps"] == math.inf
    search = Case("line_search", "quadratic", hyper={"halvings": 60}, steps=2, dtype="float32")
    assert sharpness(search)["max_lr"] == math.inf


def test_a_start_that_follows_from_the_hyperparameters_is_changed_with_them():
    """Changing a bracket's ends moves the first point of bisection, and is detected."""
    found = sharpness(CASES["002/bisection"])
    unit = np.finfo(CASES["002/bisection"].dtype).eps
    assert found["a"] < unit
    assert found["b"] < 2 * unit


COVERED = {
    "stable": CASES["000/x2_gd_0.2"],
    "unstable": CASES["000/x2_gd_1.1"],
    "chaotic": replace(CASES["001/pathological_gd"], steps=10),
    "there after one step": CASES["002/slow_diagonal_newton"],
    "gradients given": tapes.tape("zeros", "adam", {}, "float32"),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", COVERED)
def test_a_thousand_independent_runs_stay_within_the_bound(name, dtype):
    """None of 1000 runs with new random errors exceeds the bound; the worst comes near it."""
    found = coverage(replace(COVERED[name], dtype=dtype), 1000)
    assert found.runs == 1000
    assert found.beyond == 0
    assert 0.1 < found.ratio <= 1
    for quantiles in found.factors.values():
        assert list(quantiles) == sorted(quantiles)
    assert found.factors[64][-2] <= MARGIN
    assert (
        found.factors[8][-2] > found.factors[64][-2]
    )  # the more runs, the smaller the margin needed


def test_a_coverage_of_few_runs_is_refused():
    """Fewer runs than the largest group needs raise an error."""
    with pytest.raises(Invalid, match=f"runs = 10: expected {LEAST} or more"):
        coverage(CASES["000/x2_gd_0.2"], 10)


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "adagrad", "adam"])
def test_errors_that_add_up_are_within_the_bound(optimizer):
    """The bound covers a thousand equal gradients, whose errors grow linearly with the steps.

    Independent errors would grow with the square root of the steps, too slowly for such a run.
    """
    rng = np.random.default_rng(1)
    start, gradient = (rng.normal(size=7).astype(np.float32).astype(float) for _ in range(2))
    hyper = {"initial_accumulator": 0.25} if optimizer == "adagrad" else {}
    tape = Tape(optimizer, start, np.tile(gradient, (1000, 1)), hyper, "float32")
    assert _tape_ratio(tape, {}) <= 0.5
