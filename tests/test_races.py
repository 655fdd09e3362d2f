"""Claim: a race is fair, and only between what does the same work."""

import time

import numpy as np
import pytest

import backends
from benchmarks._checks import Wrong
from benchmarks._workloads import Updates
from benchmarks.peers import updates
from benchmarks.peers.race import ENOUGH, race, ratio
from benchmarks.peers.subjects import Naive
from reports.draw.growth import exponent


class Counted:
    """A rival that keeps what it was asked to do."""

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
    """Each once a round, the quick one so often that a sample takes long enough."""
    log = []
    rivals = {"quick": Counted(log, "quick", 1e-4), "slow": Counted(log, "slow", 0.02)}
    seconds = race(rivals, rounds=4)
    turns = [name for name, _ in log[-8:]]
    assert {name: len(times) for name, times in seconds.items()} == {"quick": 4, "slow": 4}
    assert all(set(turns[i : i + 2]) == set(rivals) for i in range(0, 8, 2))
    counts = dict(log[-8:])
    assert counts["slow"] == 1
    assert counts["quick"] * 1e-4 > ENOUGH / 2


def test_a_ratio_is_taken_round_by_round():
    """What slows a whole round down cancels."""
    ours = np.array([1.0, 2.0, 10.0])
    assert ratio(list(ours), list(ours * 2)) == (0.5, 0.5, 0.5)


def test_every_sample_is_started_and_checked():
    """Outside the clock, in runs no longer than can be checked."""
    log = []
    rival = Counted(log, "quick", 1e-6)
    race({"quick": rival}, rounds=3)
    assert rival.started == rival.checked == len(log)
    assert max(count for _, count in log) == rival.most


@pytest.mark.parametrize("n", [7, updates.SMALL + 1])
def test_a_rival_that_goes_elsewhere_is_refused(n):
    """A learning rate a ten-thousandth off is another work, at any size."""
    pytest.importorskip("backends.numpy.engine")
    hyper = updates.TORCH["adam"][1]
    off = {**hyper, "lr": hyper["lr"] * (1 + 1e-4)}
    right = Updates("adam", hyper, Naive("adam", hyper), n, updates.most(n))
    wrong = Updates("adam", hyper, Naive("adam", off), n, updates.most(n))
    race({"right": right}, rounds=1)
    with pytest.raises(Wrong, match="times as far off"):
        race({"wrong": wrong}, rounds=1)


def test_all_rivals_of_an_update_go_where_the_truth_goes():
    """On every backend here, and the limits add up."""
    pytest.importorskip("torch")
    for backend in updates.SUBJECTS:
        if backends.available().get(f"{backend}:cpu", "") is None:
            made = updates.rivals("adam", 7, backend)
            assert len(made) >= 3
            race(made, rounds=1)


def test_a_limit_that_does_not_add_up_is_refused():
    """Nor is a limit published that did less."""
    limit = updates.Moved(2, 5)
    limit.start()
    limit.take(3)
    limit.check()
    limit.taken += 1
    with pytest.raises(Wrong, match="add up"):
        limit.check()


def test_the_exponent_is_that_of_the_largest_sizes():
    """A constant cost at the small end does not flatten it."""
    size = 10.0 ** np.arange(8)
    assert exponent(size, 1e-9 * size**1.5 + 1e-6) == pytest.approx(1.5, abs=1e-3)
    assert np.isnan(exponent([10.0], [1.0]))
