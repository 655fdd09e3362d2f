"""Claim: a check's clock sees steps alone, and what is wrong is not compared with what is right."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from backends.conformance import Plain, Running, __main__, check
from backends.conformance.formats import to_dict
from backends.conformance.given import settle
from backends.conformance.limits import OutOfTime
from backends.conformance.speed import Speed
from benchmarks.peers import checked, race
from tests.helpers import suspects

FEW = {"dtypes": ["float32"], "tapes": ["unequal"]}
CLOCKED = ("take", "wait")


@pytest.fixture
def quick(monkeypatch):
    """Sizes, samples and rounds that take a moment."""
    monkeypatch.setattr(checked, "SMALL", 3)
    monkeypatch.setattr(checked, "LARGE", 11)
    monkeypatch.setattr(checked, "ROUNDS", 2)
    monkeypatch.setattr(race, "ENOUGH", 1e-4)


class Listed(Plain):
    """Gradient descent that writes down what is asked of it."""

    def __init__(self):
        self.log = []

    def start(self, start):
        self.log.append("start")
        return _Listed(self.log, *start.arrays)


class _Listed(Running):
    def __init__(self, log, x):
        self.log, self.x = log, x

    def put(self, gradients):
        self.log.append("put")
        return gradients

    def take(self, gradients):
        self.log.append("take")
        self.x = self.x - self.x.dtype.type(0.5) * gradients[0]

    def wait(self):
        self.log.append("wait")

    def get(self):
        self.log.append("get")
        return [self.x]


def test_numbers_go_in_and_out_outside_the_clock():
    """All gradients are put and the first step is taken before it, and parameters read after."""
    subject, settings = Listed(), settle("it", {}, {"lr": 0.5}, "gd")
    steps = checked.Steps(subject, settings, "default", "float32", 7)
    steps.start()
    assert subject.log[0] == "start"
    assert subject.log.count("put") == checked.FIRST + steps.most
    assert subject.log[-2:] == ["take", "wait"]
    subject.log.clear()
    steps.take(3)
    assert subject.log == ["take", "take", "take", "wait"]
    subject.log.clear()
    steps.check()
    assert subject.log == ["get"]
    assert 0 < steps.factor <= 1
    assert steps.handed == []


def test_a_subject_may_change_its_gradients():
    """Each start has its own, so the next leads to the same place."""
    settings = settle("it", {}, {"lr": 0.1}, "gd")
    (subject,) = [found.make(settings) for found in [checked.find(suspects.changing)]]
    steps = checked.Steps(subject, settings, "default", "float32", 7)
    for _ in range(2):
        steps.start()
        steps.take(2)
        steps.check()
    assert steps.factor <= 1


def test_a_right_subject_is_compared_with_ours(quick):
    """For few and for many parameters: times, their ratio and its spread, limit and counts."""
    report = check(suspects.adam, "adam", **FEW, timer=checked.timed)
    assert report.verdict == "right", str(report)
    few, many = report.speed
    assert (few.n, many.n) == (3, 11)
    for each in report.speed:
        assert (each.path, each.dtype, each.target) == ("default", "float32", "numpy:cpu")
        assert (each.verdict, each.factor <= 1) == ("right", True)
        assert min(each.seconds, each.ours) > 0
        middle, low, high = each.ratio
        assert low <= middle <= high
        assert each.counts["bytecodes"] > 0 < each.ours_counts["bytecodes"]
    assert few.limit is None
    assert many.limit > 0
    assert many.moved == 11 * 4 * (3 + 2 * 2)  # x, g, m and v; all but g are written, too
    assert "its / ours" in str(report)
    assert json.loads(json.dumps(to_dict(report)))["speed"][0]["ratio"] == list(few.ratio)


def test_a_wrong_subject_is_not_compared(quick):
    """Its time stands with how wrong the timed steps were; there is no ratio to be read as fast."""
    report = check(suspects.uncorrected, "adam", **FEW, timer=checked.timed)
    assert [(each.verdict, each.ratio) for each in report.speed] == [("wrong", None)] * 2
    assert all(each.factor > 1 for each in report.speed)
    assert str(report).count("not compared") == 2
    json.dumps(to_dict(report), allow_nan=False)


@pytest.mark.exhaustive
def test_what_is_wrong_on_a_tape_alone_says_so_beside_its_time(quick):
    """The steps that were timed are right, and the path is not."""
    asked = {"dtypes": ["float32"], "tapes": ["unequal", "reused memory"]}
    report = check(suspects.keeping, "momentum", **asked, timer=checked.timed)
    assert {(each.verdict, each.factor <= 1) for each in report.speed} == {("wrong", True)}


def test_a_nan_is_not_compared():
    """An error that is no number is infinite."""
    settings = settle("it", {}, {"lr": 0.1}, "gd")
    steps = checked.Steps(Listed(), settings, "default", "float32", 7)
    steps.start()
    steps.running.x = np.full(7, np.nan, np.float32)
    steps.check()
    assert steps.factor == np.inf


def test_what_ours_cannot_do_is_a_note():
    """The verdict stands, and the reason why nothing was timed."""

    def timer(subject, settings, paths, dtype):
        return checked.timed(subject, settings, paths, "bfloat16")

    report = check(suspects.adam, "adam", **FEW, timer=timer)
    assert report.verdict == "right"
    assert "note: it was not timed: ours does not run in bfloat16" in str(report)


@pytest.mark.parametrize("error", [ValueError("too many"), SystemExit("too many"), OutOfTime()])
def test_a_clock_that_fails_leaves_the_verdict(error):
    """What goes wrong with many parameters, or takes too long, is a note."""

    def timer(subject, settings, paths, dtype):
        print("not shown")
        raise error

    report = check(suspects.adam, "adam", **FEW, timer=timer)
    assert (report.verdict, report.speed) == ("right", ())
    words = "the time limit came first" if isinstance(error, OutOfTime) else "too many"
    assert f"note: it was not timed: {words}" in str(report)


@pytest.mark.exhaustive
def test_a_path_that_starts_slowly_is_timed_if_it_is_named(monkeypatch):
    """What raises on its first path is not timed at all."""
    asked = []

    def timer(subject, settings, paths, dtype):
        asked.append((list(paths), dtype))
        return []

    torch = pytest.importorskip("torch")
    options = {**FEW, "timer": timer}
    check(torch.optim.SGD, "gd", paths=["for-loop", "compiled"], **options)
    check(torch.optim.SGD, "gd", **options)
    assert asked[0] == (["for-loop", "compiled"], "float32")
    assert "compiled" not in asked[1][0]
    check(suspects.failing, "gd", **options)
    assert len(asked) == 2


def test_the_command_has_a_clock_only_if_it_is_given_one(monkeypatch):
    """--time goes to the process that checks, as the function that times."""
    given = []

    def supervised(request, limit, progress):
        given.append(request.options["timer"])
        return SimpleNamespace(verdict="right")

    monkeypatch.setattr(__main__, "supervised", supervised)
    asked = ["mine.py:adam", "--spec", "adam"]
    assert __main__.main([*asked, "--time"], checked.timed) == 0
    assert __main__.main(asked, checked.timed) == 0
    assert given == [checked.timed, None]
    with pytest.raises(SystemExit):
        __main__.main([*asked, "--time"])


def test_counts_without_a_partner_are_marked():
    """What only one of both counts is said so."""
    one = Speed(
        "p", "float32", 3, "t", "right", 0.5, 2.0, 1.0, (2.0, 2.0, 2.0), None, 9, {"a": 1}, {}
    )
    assert "1 and ? a" in str(check(suspects.adam, "adam", **FEW, timer=lambda *about: [one]))


def test_torchs_operations_and_jaxs_kernels_are_counted(quick):
    """Those that a step dispatches, and those of its compiled program, ours and theirs."""
    torch, optax = pytest.importorskip("torch"), pytest.importorskip("optax")
    rate = {"lr": 0.1}
    few, _ = check(
        torch.optim.SGD, "gd", rate, **FEW, paths=["for-loop"], timer=checked.timed
    ).speed
    assert (few.target, few.counts) == ("torch:cpu", {"operations": 1})
    assert few.ours_counts["operations"] >= 1
    for path, names in {"jitted": {"kernels"}, "eager": set()}.items():
        few, _ = check(optax.sgd, "gd", rate, **FEW, paths=[path], timer=checked.timed).speed
        assert few.target == "jax:cpu"
        assert few.counts.keys() == names
        assert few.ours_counts.keys() == {"kernels"}
