"""Claim: a tape has a bound in 16 bits too, which rounding keeps and mistakes exceed."""

import math
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

import backends
from reference import DTYPES, Case, Invalid, Tape, truth
from reference.agreement import numbers, perturbed_tape
from reference.first_order import take
from reference.namespace import plain
from reference.precision import PRECISIONS
from reference.rounding import Rounding
from reference.sharpness import coverage, sharpness
from tests.helpers import tapes
from tests.helpers.lists import FIRST_ORDER, each_once, mixed, quick

SIXTEEN = [name for name in PRECISIONS if name not in DTYPES]
ADAM = {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3}


def _dtype(name):
    if name != "bfloat16":
        return np.dtype(name)
    return np.dtype(pytest.importorskip("ml_dtypes").bfloat16)


def _tape(kind, optimizer, hyper, dtype, steps=tapes.STEPS, seed=0):
    """A tape whose numbers the dtype represents exactly."""
    start, gradients = map(PRECISIONS[dtype].nearest, tapes.numbers(kind, seed=seed))
    return Tape(optimizer, start, gradients[:steps], hyper, dtype)


@pytest.mark.parametrize("name", PRECISIONS)
def test_the_table_has_the_numbers_of_the_dtype(name):
    """eps, the largest number, and the smallest normal and subnormal ones."""
    dtype, ours = _dtype(name), PRECISIONS[name]
    info = np.finfo(dtype) if name != "bfloat16" else pytest.importorskip("ml_dtypes").finfo(dtype)
    found = (ours.eps, ours.largest, ours.tiny, ours.smallest)
    theirs = (info.eps, info.max, info.tiny, info.smallest_subnormal)
    assert found == tuple(map(float, theirs))


@pytest.mark.parametrize("name", PRECISIONS)
def test_rounding_and_spacing_are_the_dtypes(name):
    """Of numbers of all sizes and both signs, of ties, zero, infinities and NaN."""
    dtype, ours, rng = _dtype(name), PRECISIONS[name], np.random.default_rng(0)
    top = math.log2(ours.largest)
    drawn = rng.uniform(1, 2, 10_000) * 2.0 ** rng.uniform(ours.least - ours.bits - 2, top, 10_000)
    halves = (1 + np.arange(64) * ours.eps / 2) * 2.0 ** np.arange(-32, 32)[:, None] / 2**8
    ends = [0.0, ours.largest, ours.largest * (1 + ours.eps), ours.tiny, ours.smallest * 1.5]
    x = np.concatenate([drawn, -drawn, halves.ravel(), ends, [math.inf, math.nan]])
    with np.errstate(all="ignore"):
        theirs = x.astype(dtype)
        np.testing.assert_array_equal(ours.nearest(x), theirs.astype(np.float64))
        size = np.abs(theirs)
        gap = np.nextafter(size, dtype.type(math.inf)).astype(np.float64) - size.astype(np.float64)
    inner = size.astype(np.float64) < ours.largest
    np.testing.assert_array_equal(ours.spacing(x)[inner], gap[inner])
    assert np.isnan(ours.spacing([math.inf, math.nan])).all()


class Nearest(Rounding):
    """The arithmetic itself: every result is rounded once, to the nearest number."""

    def perturb(self, value, ulps=0.5, size=None, function=""):
        return self.wrap(self.precision.nearest(plain(value)))

    def _rounded_scalar(self, value):
        return float(self.wide.nearest(float(value)))


def _largest_ratio(tape, true, points):
    """The largest share of the bound in all steps up to which some parameter is compared."""
    last = min(len(points), int(true.horizon.max()))
    return max((true.ratio(points[step], step) for step in range(1, last)), default=0.0)


KINDS = "unequal", "zeros", "repeated"
EVERY = [*product(FIRST_ORDER, SIXTEEN, KINDS)]
ONCE = each_once(FIRST_ORDER, SIXTEEN, KINDS)


@pytest.mark.parametrize(("name", "dtype", "kind"), quick(EVERY, ONCE))
def test_the_arithmetic_itself_is_within_the_bound(name, dtype, kind):
    """The specification, each operation rounded to the nearest number, on every tape."""
    for hyper in mixed(name):
        hyper = {**hyper, "eps": 1e-2} if "eps" in hyper else hyper
        tape = _tape(kind, name, hyper, dtype)
        points, _ = perturbed_tape(tape, Nearest(dtype, 1))
        assert _largest_ratio(tape, truth(tape), points[0]) <= 1, hyper


@pytest.mark.parametrize("dtype", SIXTEEN)
@pytest.mark.parametrize("name", ["gd", "momentum", "rmsprop", "adam"])
def test_a_step_in_more_digits_is_within_the_bound(name, dtype):
    """A fused kernel computes in float32 or more, and rounds parameters and state once a step."""
    hyper = {} if name in ("gd", "momentum") else {"eps": 1e-2}
    tape = _tape("unequal", name, {"lr": 0.1, **hyper}, dtype)
    h, nearest = tape.hyperparameters, PRECISIONS[dtype].nearest
    x, state, points = tape.start, tape.spec.init(tape.start, h), [tape.start]
    for t, g in enumerate(tape.gradients, 1):
        f = SimpleNamespace(xp=np, gradient=lambda x, g=g: g)
        x, state = take(tape.spec, f, h, x, state, t)
        x = nearest(x)
        kept = [nearest(each) if isinstance(each, np.ndarray) else each for each in state]
        state = type(state)(*kept) if kept else state
        points.append(x)
    assert _largest_ratio(tape, truth(tape), points) <= 1


@pytest.mark.parametrize("dtype", SIXTEEN)
@pytest.mark.parametrize("name", ["gd", "adagrad", "adam", "rmsprop"])
def test_a_thousand_independent_runs_stay_within_the_bound(name, dtype):
    """None of 1000 runs with new random errors exceeds the bound; the worst comes near it."""
    hyper = {"eps": 1e-2} if name != "gd" else {}
    found = coverage(_tape("unequal", name, {"lr": 0.1, **hyper}, dtype), 1000)
    assert found.beyond == 0
    assert 0.1 < found.ratio <= 1


@pytest.mark.parametrize(("dtype", "most"), [("bfloat16", 0.2), ("float16", 0.03)])
def test_another_learning_rate_is_noticed(dtype, most):
    """In the first steps, where 16 bits leave something to be seen."""
    assert sharpness(_tape("unequal", "adam", ADAM, dtype, steps=3))["lr"] < most


@pytest.mark.parametrize("dtype", SIXTEEN)
def test_hyperparameters_have_more_digits_than_16_bits(dtype):
    """Coefficients rounded to the dtype exceed the bound: beta2 = 0.999 becomes 1 or 0.99902."""
    hyper = {"lr": 0.1, "beta2": 0.999, "eps": 1e-2}
    start, g = np.zeros(3), PRECISIONS[dtype].nearest([[1.0, 2.0, 3.0]])
    tape = Tape("adam", start, g, hyper, dtype)
    rounded = {name: float(PRECISIONS[dtype].nearest(value)) for name, value in hyper.items()}
    assert rounded["beta2"] != hyper["beta2"]
    root = np.sqrt((1 - rounded["beta2"]) * g[0] ** 2 / (1 - 0.999)) + rounded["eps"]
    point = start - rounded["lr"] * g[0] / root
    assert truth(tape).ratio(point, 1) > 1


@pytest.mark.parametrize("dtype", SIXTEEN)
def test_a_scalar_errs_as_in_float32(dtype):
    """Where it meets an array of 16 bits, half a unit of float32 is the most that it loses."""
    errors = Rounding(dtype, 1, 1000).operand(0.999, (1000, 1)) / 0.999 - 1
    assert 0.9 * 2.0**-24 < np.abs(errors).max() <= 2.0**-24


def test_what_overflows_in_float16_has_no_bound():
    """A square above 65,504 ends the truth before its step; bfloat16 has larger numbers."""
    start, gradients = np.ones(1), np.array([[1.0], [300.0], [1.0]])
    tape = Tape("adam", start, gradients, ADAM, "float16")
    true = truth(tape)
    assert len(true.points) == 2
    assert true.ratio(true.points[1], 1) == 0
    with pytest.raises(Invalid, match="step = 2: the truth ends after 1 steps"):
        true.ratio(start, 2)
    assert len(true.slots) == len(true.slots_allowed) == 2
    assert true.slots_ratio(true.slots) == 0
    assert len(truth(Tape("adam", start, gradients, ADAM, "bfloat16")).points) == 4


def test_a_state_that_overflows_ends_the_truth_before_a_step_uses_it():
    """RAdam's first steps take the mean alone, and its square is beyond float16 already."""
    gradients = np.array([[1.0], [300.0], [1.0], [1.0]])
    hyper = {"beta2": 0.95, "eps": 1e-2}
    assert len(truth(Tape("radam", [1.0], gradients, hyper, "float16")).points) == 2


def test_nothing_of_a_tape_that_overflows_at_once_is_compared():
    """The start alone is left; nothing raises but the comparison of a later step."""
    true = truth(Tape("adagrad", [1.0], [[60_000.0]], dtype="float16"))
    assert len(true.points) == 1
    assert true.ratio(np.ones(1), 0) == 0


def test_an_update_that_vanishes_is_no_mistake_in_16_bits():
    """Where a step is less than half a unit of its parameter, staying is right."""
    tape = Tape("gd", [256.0], np.full((5, 1), 0.5), {"lr": 0.5}, "bfloat16")
    assert truth(tape).ratio(tape.start) <= 1


@pytest.mark.parametrize("dtype", SIXTEEN)
def test_no_backend_runs_in_16_bits(dtype):
    """A case, and an updater, say which precisions there are."""
    with pytest.raises(Invalid, match=f"{dtype}.*float32"):
        Case("gd", "quadratic", dtype=dtype)
    with pytest.raises(Invalid, match=f"{dtype}.*float32"):
        backends.updater("gd", dtype=dtype)
    assert "float32" in DTYPES


@pytest.mark.parametrize("dtype", SIXTEEN)
def test_a_number_beyond_the_largest_is_refused(dtype):
    """The message names it, and the dtype."""
    with pytest.raises(Invalid, match=rf"start\[0\] = 1e\+39: expected a number .* in {dtype}"):
        Tape("gd", [1e39], [[1.0]], dtype=dtype)


def test_numbers_are_hyperparameters_in_50_digits():
    """What a tape's hyperparameters are in any precision: not rounded to it."""
    tape = _tape("unequal", "adam", {"beta2": 0.999}, "bfloat16")
    assert float(numbers(tape.hyperparameters).beta2) == 0.999


@pytest.mark.parametrize("name", PRECISIONS)
def test_a_number_is_finite_below_the_first_that_overflows(name):
    """What rounds to the largest number is finite, and half a unit above it rounds to infinity."""
    precision = PRECISIONS[name]
    edge = np.array([precision.largest, np.nextafter(precision.overflow, 0), precision.overflow])
    edge = np.append(edge, [np.inf, np.nan])
    assert (abs(edge) < precision.overflow).tolist() == np.isfinite(
        precision.nearest(edge)
    ).tolist()
