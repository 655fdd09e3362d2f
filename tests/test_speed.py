"""For someone changing an optimizer: its inner loop, timed by pytest-benchmark once it is right.

``nox -s speed`` runs it; the tests proper leave it out.
"""

import numpy as np
import pytest

import backends
from backends import TARGETS
from reference import CASES, OPTIMIZERS, distinct
from reference.truth import compare

HOSTS = [target for target in TARGETS if target.endswith(":cpu")]
FIRST_ORDER = [name for name, spec in OPTIMIZERS.items() if spec.first_order]
FIRST = {case.optimizer: case for case in reversed(distinct(CASES).values())}
SIZE, STEPS = 1000, 100


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_update(benchmark, name, target):
    """A hundred updates of a thousand parameters; every one must come out like a single one."""
    benchmark.group = f"update {name}"
    updater = backends.updater(name, target, "float32")
    gradient, start = np.float32(0.5), np.float32(1.0)
    g = updater.put(np.full(SIZE, gradient))

    def fresh():
        return (updater.init(np.full(SIZE, start)),), {}

    def steps(state):
        for _ in range(STEPS):
            state = updater.step(state, g)
        updater.wait(state)
        return state

    state = benchmark.pedantic(steps, setup=fresh, rounds=10, warmup_rounds=1)
    one = backends.updater(name, target, "float32")
    alone, single = one.init([start]), one.put([gradient])
    for _ in range(STEPS):
        alone = one.step(alone, single)
    # vector and scalar code may round each of the hundred steps differently
    np.testing.assert_allclose(updater.get(state), one.get(alone)[0], rtol=STEPS * 1.2e-7)


@pytest.mark.parametrize("name", FIRST)
def test_trajectory(benchmark, name):
    """The first case of each optimizer, on numpy."""
    benchmark.group = "trajectories on numpy"
    case = FIRST[name]
    path = benchmark.pedantic(backends.run, (case,), rounds=10, warmup_rounds=1)
    assert compare(case, path.points, path.values).ratio <= 1
