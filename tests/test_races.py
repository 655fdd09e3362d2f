"""Claim: a race is fair, and only between what does the same work."""

import time

import numpy as np
import pytest

from benchmarks.peers import updates
from benchmarks.peers.race import ENOUGH, race, ratio
from reports.peers import exponent


class Counted:
    """A rival that keeps what it was asked to do."""

    def __init__(self, log, name, seconds):
        self.log, self.name, self.seconds = log, name, seconds

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


def test_a_rival_that_goes_elsewhere_is_refused(monkeypatch):
    """Another learning rate is another work."""
    pytest.importorskip("torch")
    pytest.importorskip("backends.numpy.engine")
    made = updates.rivals("adam", 7, "numpy")
    assert set(made) >= {"ours", "naive numpy"}
    hyper = updates.TORCH["adam"][1]

    def wrong(optimizer, n):
        return {
            "ours": updates.Ours(optimizer, "numpy:cpu", hyper, n),
            "naive numpy": updates.Naive(optimizer, {**hyper, "lr": 0.2}, n),
        }

    monkeypatch.setitem(updates.RIVALS, "numpy", wrong)
    with pytest.raises(AssertionError, match="naive numpy does not go where ours goes"):
        updates.rivals("adam", 7, "numpy")


def test_the_exponent_is_that_of_the_largest_sizes():
    """A constant cost at the small end does not flatten it."""
    size = 10.0 ** np.arange(8)
    assert exponent(size, 1e-9 * size**1.5 + 1e-6) == pytest.approx(1.5, abs=1e-3)
    assert np.isnan(exponent([10.0], [1.0]))
