"""Times the inner loops with pytest-benchmark, and checks their results.

``nox -s speed`` runs it; ``nox -s tests`` leaves it out.
"""

import pytest

import backends
from benchmarks._workloads import ours
from reference import CASES, compare
from tests.helpers.lists import FIRST, FIRST_ORDER, HOSTS

SIZE, STEPS = 1000, 100


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_update(benchmark, name, target):
    """Time a hundred updates of a thousand parameters, checked after every round."""
    benchmark.group = f"update {name}"
    work = ours(name, target, SIZE, STEPS)
    steps = {"setup": work.start, "teardown": lambda count: work.check()}
    benchmark.pedantic(work.take, args=(STEPS,), rounds=10, warmup_rounds=1, **steps)


@pytest.mark.parametrize("name", FIRST)
def test_trajectory(benchmark, name):
    """Time the first case of each optimizer on numpy."""
    benchmark.group = "trajectories on numpy"
    case = CASES[FIRST[name]]
    path = benchmark.pedantic(backends.run, (case,), rounds=10, warmup_rounds=1)
    assert compare(path).ratio <= 1
