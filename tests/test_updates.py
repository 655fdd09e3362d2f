"""Claim: updating many parameters at once equals updating each alone, at every size."""

import numpy as np
import pytest

import backends
from backends import TARGETS
from benchmarks._catalogue import STEPS
from benchmarks._checks import Wrong
from benchmarks._workloads import ours
from reference import DOCUMENTED, Tape, truth
from tests.helpers.lists import FIRST_ORDER, HOSTS, each_once, quick

BLOCK = 2**16  # the numpy backend's block size, which test_memory asserts
SIZES = (1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 11)
FEW = (7, BLOCK + 1)  # one block that is not full, and two
TIMED = [name for name in FIRST_ORDER if name in DOCUMENTED]


@pytest.mark.parametrize("sizes", quick([(FEW,), (SIZES,)], [(FEW,)]), ids=["few", "all"])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_every_size_follows_the_specification(name, target, sizes):
    """Updates of every size are within the bound, and repeating them gives the same bits."""
    for n in sizes:
        work = ours(name, target, n, 3)
        ends = []
        for _ in range(2):
            work.start()
            work.take(3)
            work.check()
            ends.append(work.subject.get(work.state))
        np.testing.assert_array_equal(*ends)


EVERY = [(name, target) for name in TIMED for target in TARGETS]
ONCE = each_once(TIMED, HOSTS)


@pytest.mark.parametrize(
    ("name", "target"),
    quick(EVERY, lambda name, target: (name, target) in ONCE or target not in HOSTS),
)
def test_ten_million_go_where_each_goes(name, target):
    """10,000 copies of 1,000 parameters all get the same bits, within the bound, also repeated.

    The documents' optimizers, which are those that are timed with as many.
    """
    rng = np.random.default_rng(11)
    x0, *gradients = rng.random((3, 1000), np.float32) - np.float32(0.5)
    updater = backends.updater(name, target, "float32")
    start, *tiled = (np.resize(row, 10**7) for row in (x0, *gradients))
    tiled = [updater.put(g) for g in tiled]
    first = None
    for _ in range(2):
        state = updater.init(start)
        for g in tiled:
            state = updater.step(state, g)
        rows = updater.get(state).reshape(-1, 1000)
        assert rows.dtype == np.float32
        first = rows[0].copy() if first is None else first
        assert (rows == first).all()
    at = np.arange(0, 1000, 199)
    tape = Tape(name, x0, np.stack(gradients), dtype="float32").at(at)
    assert truth(tape).ratio(first[at]) <= 1


@pytest.mark.parametrize("n", [n for n in STEPS if n < 10**6])
def test_what_is_timed_can_be_checked(n):
    """The workloads of asv's benchmarks pass their checks, at sizes below 10**6."""
    work = ours(FIRST_ORDER[0], "numpy:cpu", n, STEPS[n])
    work.start()
    work.take(STEPS[n])
    work.check()


def test_a_wrong_end_is_noticed():
    """The check of a workload detects a step that was counted but not taken, and one too many."""
    work = ours(FIRST_ORDER[0], "numpy:cpu", 7, 3)
    work.start()
    work.take(2)
    work.check()
    work.taken += 1
    with pytest.raises(Wrong, match="times as far off"):
        work.check()
    work.taken += 1
    with pytest.raises(Wrong, match="4 steps, of which 3"):
        work.check()
