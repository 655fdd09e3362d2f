"""Claim: each member of a sweep has the result of running it alone, and bad input is refused."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from backends import TARGETS, run, sweep
from benchmarks._catalogue import MEMBERS
from benchmarks._checks import Wrong
from benchmarks._grid import GRID
from benchmarks.sweeps import Sweep
from reference import CASES, OPTIMIZERS, AllClose, Batch, Case, Invalid, Unknown, truth
from reference.digits import distance
from tests.helpers.lists import FIRST, HOSTS, moved, reals

SWEPT = [name for name in OPTIMIZERS if OPTIMIZERS[name].start is None]
MEMBER = Case("gd", "quadratic", hyper={"lr": 0.1}, steps=20)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("optimizer", SWEPT)
def test_members_follow_the_truth(optimizer, target):
    """Each combination of start and hyperparameters ends within the bound of its own run."""
    if optimizer in FIRST:
        case = replace(CASES[FIRST[optimizer]], dtype="float32", stop=None)
    else:
        case = Case(optimizer, "quadratic", dtype="float32")
    case = replace(case, steps=min(case.steps, 10))
    rate, *_ = reals(optimizer)
    lists = {name: [value] for name, value in moved(optimizer, case.hyperparameters).items()}
    lists[rate] = [getattr(case.hyperparameters, rate), *lists[rate]]
    starts = np.float32(case.start_point) * np.float32([[1], [0.875]])
    swept = sweep(case, starts, lists, target, progress=False)
    for (i, *js), status in np.ndenumerate(swept.status):
        hyper = {name: given[j] for (name, given), j in zip(lists.items(), js, strict=True)}
        alone = replace(case, start=starts[i], hyper={**case.hyper, **hyper})
        true = truth(alone)
        assert status == "finished"
        assert true.ratio(swept.points[i, *js]) <= 1, hyper
        if not true.chaotic:
            off = distance(swept.values[i, *js].astype(float), true.values[-1])
            assert off <= true.values_allowed[-1]


@pytest.mark.parametrize("target", HOSTS)
def test_members_end_as_they_would_alone(target):
    """With a stopping rule, each member has the status and number of steps of its own run."""
    case = replace(MEMBER, stop=AllClose(atol=1e-3), steps=60)
    starts = [[-5.0, -2.0], [0.001, 0.001], [0.0, 0.0]]
    rates = [0.1, 0.3, 0.49, 3.0]
    swept = sweep(case, starts, {"lr": rates}, target, progress=False)
    for i, j in np.ndindex(*swept.status.shape):
        path = run(replace(case, start=starts[i], hyper={"lr": rates[j]}), target)
        assert (swept.status[i, j], swept.steps[i, j]) == (path.status, path.steps)
        alone = truth(replace(path.case, stop=None))
        if path.steps < len(alone.points):
            assert alone.ratio(swept.points[i, j], path.steps) <= 1
    assert set(swept.status.flat) == {"converged", "finished"}
    assert (swept.points.dtype, swept.steps.dtype) == (case.dtype, np.int64)
    assert all(array.flags.writeable for array in (swept.points, swept.values, swept.reached))


@pytest.mark.parametrize("target", HOSTS)
def test_a_diverged_or_singular_member_spoils_no_other(target):
    """Newton diverging or meeting a singular Hessian in one member leaves the others unchanged."""
    case = Case("newton", "cosh", params={"c": 0.5}, steps=4)
    swept = sweep(case, [[1.0], [2000.0], [1.0]], target=target, progress=False)
    assert swept.status.tolist() == ["finished", "diverged", "finished"]
    singular = Case("newton", "simulator", steps=1)
    swept = sweep(singular, [[3.0, 3.0], [3.0, 0.0], [3.0, 3.0]], target=target, progress=False)
    assert swept.status.tolist() == ["finished", "diverged", "finished"]
    np.testing.assert_array_equal(swept.points[0], swept.points[2])


def test_parts_change_nothing_and_bound_the_memory(monkeypatch):
    """Sweeping in chunks changes no result, and memory grows only with the size of the result."""
    engine = pytest.importorskip("backends.numpy.engine").Engine
    starts = np.random.default_rng(3).uniform(1, 2, size=(500, 2))
    case = Case("gd", "normal_nll", params={"size": 1000}, hyper={"lr": 0.1}, steps=2)
    whole = sweep(case, starts, progress=False)
    monkeypatch.setattr(engine, "NUMBERS", 10_000)
    peaks = []
    for count in (100, 500):
        tracemalloc.start()
        part = sweep(case, starts[:count], progress=False)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        np.testing.assert_array_equal(part.points, whole.points[:count])
    assert (peaks[1] - peaks[0]) / 400 < 1000 * 8 / 10  # bytes a member; its data are 1000 numbers


def test_minibatches_are_the_same_for_all():
    """Every member of a sweep draws the same minibatches as when run alone."""
    few = {"size": 20}  # a small data set, since 50 digits are slow
    case = Case("gd", "normal_nll", few, {"lr": 0.1}, steps=5, batch=Batch(size=8, seed=1))
    swept = sweep(case, hyper={"lr": [0.1, 0.05]}, progress=False)
    for j, lr in enumerate((0.1, 0.05)):
        assert truth(replace(case, hyper={"lr": lr})).ratio(swept.points[0, j]) <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"case": "gd"}, "case = 'gd'"),
        ({"case": Case("bisection", "x_cos")}, "its own hyperparameters"),
        ({"starts": [1.0, 2.0]}, r"shape \(2,\): expected \(S, 2\)"),
        ({"starts": [[1.0]]}, r"shape \(1, 1\): expected \(S, 2\)"),
        ({"starts": [[1.0, np.inf]]}, r"starts\[0\]\[1\] = inf"),
        ({"starts": np.empty((0, 2))}, "one or more starts"),
        ({"hyper": {"lr": []}}, "one or more numbers"),
        ({"hyper": {"lr": 0.1}}, "list of one or more"),
        ({"hyper": {"lr": [0.1, -1.0]}}, "lr = -1.0"),
        ({"target": "numpy:tpu"}, "numpy:tpu"),
        ({"derivatives": "magic"}, "magic"),
    ],
)
def test_what_cannot_be_swept_is_said(arguments, message):
    """Bad arguments of a sweep raise an error that names them."""
    with pytest.raises(Invalid, match=message):
        sweep(**{"case": MEMBER, "progress": False, **arguments})


def test_only_known_real_hyperparameters_are_swept():
    """Unknown names and options cannot be swept; the error suggests the nearest name."""
    with pytest.raises(Unknown, match="did you mean 'lr'"):
        sweep(MEMBER, hyper={"lrr": [0.1]})
    adagrad = Case("adagrad", "quadratic")
    with pytest.raises(Unknown, match="eps_inside_sqrt"):
        sweep(adagrad, hyper={"eps_inside_sqrt": [True]})


@pytest.mark.parametrize("case", GRID.few)
def test_a_wrong_member_is_noticed(case):
    """The check of asv's sweep benchmark detects an error of 0.001 in one member."""
    timed, cell = Sweep(), (case, MEMBERS, "numpy:cpu")
    timed.setup(*cell)
    timed.time_sweep(*cell)
    timed.teardown(*cell)
    timed.work.swept.points[-1] += np.float32(0.001)
    with pytest.raises(Wrong, match=f"start {MEMBERS - 1}"):
        timed.teardown(*cell)
