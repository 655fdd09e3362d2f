"""Claim: a program is compiled once, and serves other starts and learning rates."""

from dataclasses import replace

import numpy as np
import pytest

import backends
from backends import run, sweep
from reference import AllClose, Case
from tests.helpers.lists import quick

CASE = Case("adam", "quadratic", hyper={"lr": 0.013}, start=(-5.0, -2.0), steps=20)
CASES = {
    "plain": CASE,
    "stopped": replace(CASE, stop=AllClose(atol=1e-3)),
    "float32": replace(CASE, dtype="float32"),
}
ELSEWHERE = (3.0, -1.0)


@pytest.fixture
def compilations():
    """A list to which JAX appends an event whenever it traces, lowers or compiles."""
    jax = pytest.importorskip("jax")
    events = []

    def listen(event, duration, **_):
        if event.startswith("/jax/core/compile/"):
            events.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield events
    jax.monitoring.clear_event_listeners()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_jax_compiles_a_trajectory_once(case, compilations):
    """JAX traces nothing again for the same case, nor for another start."""
    run(case, "jax:cpu")
    assert compilations
    compilations.clear()
    run(case, "jax:cpu")
    run(replace(case, start=ELSEWHERE), "jax:cpu")
    assert not compilations


def test_jax_compiles_a_sweep_once(compilations):
    """JAX traces nothing again for a sweep over as many other starts and rates."""
    lists = {"lr": [0.1, 0.2]}
    sweep(CASE, [ELSEWHERE], lists, "jax:cpu", progress=False)
    assert compilations
    compilations.clear()
    sweep(CASE, [[1.0, 1.0]], {"lr": [0.3, 0.4]}, "jax:cpu", progress=False)
    assert not compilations


@pytest.mark.parametrize("name", ["gd", "adam"])
def test_jax_compiles_an_update_once(name, compilations):
    """JAX traces nothing again for later steps."""
    updater = backends.updater(name, "jax:cpu", lr=0.013)
    x0, g = [1.0, 2.0, 3.0], updater.put([0.5, 0.5, 0.5])
    state = updater.step(updater.init(x0), g)
    assert compilations
    compilations.clear()
    updater.step(updater.step(state, g), g)
    assert not compilations


@pytest.mark.parametrize("unrolled", quick([2, 10], [2]))
def test_torch_compiles_a_trajectory_once(unrolled, monkeypatch):
    """torch compiles nothing again for the same case, nor for another start."""
    torch = pytest.importorskip("torch")
    monkeypatch.setattr("backends.torch.engine.STRIDE", unrolled)
    run(CASE, "torch:cpu", "compiled")
    with torch.compiler.set_stance("fail_on_recompile"):
        run(CASE, "torch:cpu", "compiled")
        run(replace(CASE, start=ELSEWHERE), "torch:cpu", "compiled")


RATES = [0.01 * 1.5**i for i in range(10)]


@pytest.fixture
def anew(few_unrolled, monkeypatch, tmp_path):
    """A function that does some work as a new process would, whose disk cache the last one filled.

    It returns the work's result, and how many programs torch took from the disk.
    """
    pytest.importorskip("torch")
    from torch import _dynamo
    from torch._dynamo.utils import counters

    from backends.torch import _programs

    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))

    def do(work, *given):
        _dynamo.reset()
        _programs.stride.cache_clear()
        _programs.fused.cache_clear()
        counters.clear()
        return work(*given), counters["inductor"]["fxgraph_cache_hit"]

    return do


def test_torch_takes_a_trajectory_from_the_disk(anew):
    """The next process gets the same bits from it, and another formula its own program."""
    other = replace(CASE, hyper={**CASE.hyper, "bias_correction": False})
    (first, none), (found, hits), (_, others) = (
        anew(run, case, "torch:cpu", "compiled") for case in (CASE, CASE, other)
    )
    assert (none, hits, others) == (0, 1, 0)
    assert first.points.tobytes() == found.points.tobytes()


@pytest.mark.exhaustive
def test_a_literal_is_in_the_key_of_a_program_on_the_disk(anew):
    """Two programs of static sizes that differ in one literal have different cache entries."""
    torch = pytest.importorskip("torch")
    from backends.torch._programs import _compile

    x = torch.arange(7.0)

    def scaled(factor):
        return _compile(lambda x: torch.sin(x) * factor, dynamic=False)(x)

    for factor, hits in ((0.5, 0), (0.25, 0), (0.5, 1), (0.25, 1)):
        found, taken = anew(scaled, factor)
        torch.testing.assert_close(found, torch.sin(x) * factor)
        assert taken == hits


def test_torch_takes_no_update_from_the_disk(anew):
    """With dynamic sizes, the cache could return a program that has another one's literals."""
    assert [anew(_update, "torch:cpu", 0.1)[1] for _ in range(2)] == [0, 0]


def test_jax_compiles_once_for_all_learning_rates(compilations):
    """Another learning rate retraces no trajectory, sweep or update: it is an argument."""
    for work in (_trajectory, _sweep, _update):
        work("jax:cpu", RATES[0])
        compilations.clear()
        for lr in RATES[1:]:
            work("jax:cpu", lr)
        assert not compilations, work


def test_torch_compiles_once_for_all_learning_rates(few_unrolled):
    """Another learning rate recompiles no trajectory, and no update of many parameters."""
    torch = pytest.importorskip("torch")
    for work in (_trajectory, _update):
        work("torch:cpu", RATES[0])
        with torch.compiler.set_stance("fail_on_recompile"):
            for lr in RATES[1:]:
                work("torch:cpu", lr)


def _trajectory(target, lr):
    run(replace(CASE, hyper={"lr": lr}), target, "compiled")


def _sweep(target, lr):
    sweep(CASE, [[1.0, 1.0]], {"lr": [lr, 2 * lr]}, target, progress=False)


def _update(target, lr):
    updater = backends.updater("adam", target, dtype="float32", lr=lr)
    g = updater.put(np.full(2**18, 0.5))
    state = updater.init(np.ones(2**18))
    for _ in range(3):
        state = updater.step(state, g)
    updater.wait(state)
