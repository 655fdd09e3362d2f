"""Claim: blocks, threads and memory layouts change no bit of an update."""

from contextlib import nullcontext

import numpy as np
import pytest

import backends
from backends import BACKENDS
from benchmarks._workloads import ours
from tests.helpers.lists import FIRST_ORDER
from tests.test_updates import BLOCK


@pytest.mark.skipif("numpy" not in BACKENDS, reason="backends/numpy is not here")
@pytest.mark.parametrize("threads", ["1", "2", "5"])
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_blocks_and_threads_change_no_bit(name, threads, monkeypatch):
    """On numpy, also for unaligned and strided gradients."""
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    rng = np.random.default_rng(5)
    n = 5 * BLOCK + 3
    x0, spread = rng.standard_normal(n, np.float32), rng.standard_normal(2 * n, np.float32)
    raw = np.zeros(4 * n + 1, np.uint8)
    unaligned = raw[1:].view(np.float32)
    unaligned[:] = spread[::2]
    many = backends.updater(name, "numpy:cpu", "float32")
    ends = []
    for g in (spread[::2], unaligned, np.ascontiguousarray(spread[::2])):
        state = many.init(x0)
        for _ in range(2):
            state = many.step(state, g)
        ends.append(many.get(state))
    alone = [many.init(part) for part in np.array_split(x0, 7)]
    for _ in range(2):
        parts = np.array_split(spread[::2], 7)
        alone = [many.step(state, g) for state, g in zip(alone, parts, strict=True)]
    expected = np.concatenate([many.get(state) for state in alone])
    for end in ends:
        np.testing.assert_array_equal(end, expected)


@pytest.mark.skipif("torch" not in BACKENDS, reason="backends/torch is not here")
@pytest.mark.parametrize("fused", [False, True])
def test_torch_takes_any_layout(fused):
    """Contiguous, strided and unaligned gradients give the same bits, on one thread and on two."""
    torch = pytest.importorskip("torch")
    engine = pytest.importorskip("backends.torch.engine")
    n = engine.FUSED + 3 if fused else 1003
    rng = np.random.default_rng(5)
    x0, spread = rng.standard_normal(n, np.float32), rng.standard_normal(2 * n, np.float32)
    strided = torch.tensor(spread)[::2]
    unaligned = torch.zeros(n + 1)[1:].copy_(strided)
    updater = backends.updater("adam", "torch:cpu", "float32")
    before, ends = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            for g in (strided.clone(), strided, unaligned):
                state = updater.init(x0)
                for _ in range(2):
                    state = updater.step(state, g)
                ends.append(updater.get(state))
    finally:
        torch.set_num_threads(before)
    for end in ends[1:]:
        np.testing.assert_array_equal(end, ends[0])


@pytest.mark.skipif("torch" not in BACKENDS, reason="backends/torch is not here")
@pytest.mark.parametrize("compiler", [True, False])
def test_torch_fuses_where_it_can(compiler, monkeypatch):
    """Many parameters are updated by one compiled program; without a compiler it warns instead."""
    engine = pytest.importorskip("backends.torch.engine")
    fused = []
    programs = engine._programs
    original = programs.fused
    monkeypatch.setattr(engine, "can_compile", lambda device: compiler)
    monkeypatch.setattr(programs, "fused", lambda *a: fused.append(a) or original(*a))
    for n in (engine.FUSED - 1, engine.FUSED):
        work = ours("adam", "torch:cpu", n, 3)
        many = not compiler and n == engine.FUSED
        with pytest.warns(RuntimeWarning, match="compilers") if many else nullcontext():
            work.start()
        work.take(3)
        work.check()
    assert len(fused) == 3 * compiler
