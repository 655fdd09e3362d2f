"""Claim: a race against other libraries is fair, and refuses rivals with other results."""

import time

import numpy as np
import pytest

import backends
from benchmarks._checks import Wrong
from benchmarks._workloads import Updates
from benchmarks.peers import updates
from benchmarks.peers.__main__ import _wanted
from benchmarks.peers.race import ENOUGH, race, ratio
from benchmarks.peers.subjects import Naive, TorchOptim
from reports.draw.growth import exponent


class Counted:
    """A rival that records its calls and takes a given time for each step."""

    most = 1000

    def __init__(self, log, name, seconds):
        self.log, self.name, self.seconds = log, name, seconds
        self.started = self.checked = 0

    def start(self):
        self.started += 1

    def check(self):
        self.checked += 1

    def take(self, count):
        self.log.append((self.name, count))
        end = time.perf_counter() + count * self.seconds
        while time.perf_counter() < end:
            pass


def test_rivals_take_turns():
    """Each rival runs once a round, and a quick one repeats its work to be measurable."""
    log = []
    rivals = {"quick": Counted(log, "quick", 1e-4), "slow": Counted(log, "slow", 0.02)}
    seconds = race(rivals, rounds=4)
    turns = [name for name, _ in log[-8:]]
    assert {name: len(times) for name, times in seconds.items()} == {"quick": 4, "slow": 4}
    assert all(set(turns[i : i + 2]) == set(rivals) for i in range(0, 8, 2))
    assert all(turns[i : i + 2] == turns[i + 2 : i + 4][::-1] for i in (0, 4))  # forth and back
    counts = dict(log[-8:])
    assert counts["slow"] == 1
    assert counts["quick"] * 1e-4 > ENOUGH / 2


def test_a_ratio_is_taken_round_by_round():
    """Ratios are taken in each round, so that a slow round cancels."""
    ours = np.array([1.0, 2.0, 10.0])
    assert ratio(list(ours), list(ours * 2)) == (0.5, 0.5, 0.5)


def test_every_sample_is_started_and_checked():
    """Every sample is set up and checked, and no longer than its check allows."""
    log = []
    rival = Counted(log, "quick", 1e-6)
    race({"quick": rival}, rounds=3)
    assert rival.started == rival.checked == len(log)
    assert max(count for _, count in log) == rival.most


@pytest.mark.parametrize("n", [7, updates.SMALL + 1])
def test_a_rival_that_goes_elsewhere_is_refused(n):
    """A rival whose learning rate is wrong by 1e-4 is refused, at any size."""
    pytest.importorskip("backends.numpy.engine")
    hyper = updates.TORCH["adam"].ours
    off = {**hyper, "lr": hyper["lr"] * (1 + 1e-4)}
    right = Updates("adam", hyper, lambda: Naive("adam", hyper), n, updates.most(n))
    wrong = Updates("adam", hyper, lambda: Naive("adam", off), n, updates.most(n))
    race({"right": right}, rounds=1)
    with pytest.raises(Wrong, match="times as far off"):
        race({"wrong": wrong}, rounds=1)


def test_all_rivals_of_an_update_go_where_the_truth_goes():
    """All rivals of an Adam update on seven parameters pass their checks, on every backend."""
    pytest.importorskip("torch")
    for backend in updates.SUBJECTS:
        if backends.available().get(f"{backend}:cpu", "") is None:
            rivals = updates.rivals("adam", 7, backend)
            assert len(rivals) >= 3
            race(rivals, rounds=1)


def test_a_rival_that_overwrites_its_gradients_is_given_new_ones():
    """torch.optim's foreach of Nesterov's momentum goes the same way the second time."""
    pytest.importorskip("torch")
    hyper = updates.TORCH["nesterov"].ours
    subject = TorchOptim("nesterov", foreach=True)
    assert subject.spends
    work = Updates("nesterov", hyper, lambda: subject, 7, 3)
    race({"foreach": work}, rounds=2)
    subject.spends = False
    with pytest.raises(Wrong, match="times as far off"):
        race({"foreach": work}, rounds=2)


def test_what_only_one_library_has_races_against_that():
    """Lion, which torch lacks, races on numpy and JAX, and every race is of what its table has."""
    pytest.importorskip("optax")
    for backend in ("numpy", "jax"):
        if backends.available().get(f"{backend}:cpu", "") is None:
            assert "lion" in updates.TABLES[backend]
            race({"ours": updates.rivals("lion", 7, backend)["ours"]}, rounds=1)
    assert "lion" not in updates.TABLES["torch"]


def test_what_no_document_has_races_when_it_is_named():
    """Five minutes are for the documents' optimizers; any other races when it is asked for."""
    update = {"work": "update", "backend": "jax", "n": 10}
    for optimizer, words, wanted in (
        ("adam", [], True),
        ("lion", [], False),
        ("lion", ["lion"], True),
        ("lion", ["torch", "lion"], False),
        ("adam", ["lion"], False),
    ):
        assert _wanted({**update, "optimizer": optimizer}, words) == wanted
    assert _wanted({"work": "sweep", "backend": "jax"}, [])


def test_a_limit_that_does_not_add_up_is_refused():
    """A machine limit that did less work than it counted is refused."""
    limit = updates.Moved(2, 5)
    limit.start()
    limit.take(3)
    limit.check()
    limit.taken += 1
    with pytest.raises(Wrong, match="add up"):
        limit.check()


def test_the_exponent_is_that_of_the_largest_sizes():
    """The fitted exponent is not lowered by a constant cost at small sizes."""
    size = 10.0 ** np.arange(8)
    assert exponent(size, 1e-9 * size**1.5 + 1e-6) == pytest.approx(1.5, abs=1e-3)
    assert np.isnan(exponent([10.0], [1.0]))
