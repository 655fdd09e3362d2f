"""Claim: an update of many parameters is the update of each, however the work is shared out."""

import tracemalloc
from contextlib import nullcontext
from importlib import import_module

import numpy as np
import pytest

import backends
from backends import BACKENDS, TARGETS
from benchmarks._checks import Wrong, end_of
from benchmarks._grid import GRID
from benchmarks._work import Work
from benchmarks.sweeps import MEMBERS, Sweep
from benchmarks.updates import STEPS
from reference import OPTIMIZERS
from reference.digits import distance

FIRST_ORDER = [name for name, optimizer in OPTIMIZERS.items() if optimizer.first_order]
BLOCK = 2**16
SIZES = (1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 11)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_every_size_follows_the_specification(name, target):
    """Within the computed bound, first and last parameter included, and the same bits again."""
    for n in SIZES:
        work = Work(name, target, n, steps=3)
        ends = []
        for _ in range(2):
            work.start()
            work.take()
            work.check()
            ends.append(work.updater.get(work.state))
        np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_ten_million_go_where_each_goes(name, target):
    """A thousand parameters, each at ten thousand places: the same bits at all, twice."""
    rng = np.random.default_rng(11)
    x0, *tape = rng.random((3, 1000), np.float32) - np.float32(0.5)
    updater = backends.updater(name, target, "float32")
    start, *there = (np.resize(row, 10**7) for row in (x0, *tape))
    there = [updater.put(g) for g in there]
    at = np.arange(0, 1000, 199)
    exact, allowed = end_of(name, x0[at], np.stack([g[at] for g in tape]))
    first = None
    for _ in range(2):
        state = updater.init(start)
        for g in there:
            state = updater.step(state, g)
        rows = updater.get(state).reshape(-1, 1000)
        assert rows.dtype == np.float32
        first = rows[0].copy() if first is None else first
        assert (rows == first).all()
    assert (distance(first[at].astype(np.float64), exact) <= allowed).all()


@pytest.mark.skipif("torch" not in BACKENDS, reason="backends/torch is not here")
@pytest.mark.parametrize("compiler", [True, False])
def test_torch_fuses_where_it_can(compiler, monkeypatch):
    """Many parameters in one compiled pass, with a C++ compiler; without, by the same formula."""
    engine = pytest.importorskip("backends.torch.engine")
    fused = []
    original = engine._fused
    monkeypatch.setattr(engine, "_can_compile", lambda device: compiler)
    monkeypatch.setattr(engine, "_fused", lambda *a: fused.append(a) or original(*a))
    for n in (engine.FUSED - 1, engine.FUSED):
        work = Work("adam", "torch:cpu", n, steps=3)
        many = not compiler and n == engine.FUSED
        with pytest.warns(RuntimeWarning, match="compilers") if many else nullcontext():
            work.start()
        work.take()
        work.check()
    assert len(fused) == 3 * compiler


@pytest.mark.parametrize("n", [n for n in STEPS if n < 10**6])
def test_what_is_timed_can_be_checked(n):
    """At the sizes and with the steps of asv's own suite."""
    work = Work(FIRST_ORDER[0], "numpy:cpu", n, STEPS[n])
    work.start()
    work.take()
    work.check()


def test_a_wrong_end_is_noticed():
    """The check of the work is not vacuous."""
    work = Work(FIRST_ORDER[0], "numpy:cpu", 7, steps=3)
    work.start()
    with pytest.raises(Wrong):
        work.check()


@pytest.mark.parametrize("case", GRID.few)
def test_a_wrong_member_is_noticed(case):
    """Nor is that of asv's sweeps, to a thousandth."""
    timed, cell = Sweep(), (case, MEMBERS[0], "numpy:cpu")
    timed.setup(*cell)
    timed.time_sweep(*cell)
    timed.teardown(*cell)
    timed.swept.points[-1] += np.float32(0.001)
    with pytest.raises(Wrong, match=f"start {MEMBERS[0] - 1}"):
        timed.teardown(*cell)


@pytest.mark.skipif("numpy" not in BACKENDS, reason="backends/numpy is not here")
@pytest.mark.parametrize("threads", ["1", "2", "5"])
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_blocks_and_threads_change_no_bit(name, threads, monkeypatch):
    """From unaligned and strided gradients too."""
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
    whole = np.concatenate([many.get(state) for state in alone])
    for end in ends:
        np.testing.assert_array_equal(end, whole)


@pytest.mark.skipif("torch" not in BACKENDS, reason="backends/torch is not here")
@pytest.mark.parametrize("fused", [False, True])
def test_torch_takes_any_layout(fused):
    """Unaligned and strided gradients, on one thread and on two: the same bits."""
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


@pytest.mark.parametrize("name", FIRST_ORDER)
@pytest.mark.parametrize("target", [t for t in TARGETS if t.endswith(":cpu")])
def test_every_hyperparameter_counts_at_scale(name, target):
    """What was compiled for one learning rate, decay or eps is not used for another."""
    rng = np.random.default_rng(7)
    x0, *tape = rng.random((4, 2**18), np.float32)
    spec = OPTIMIZERS[name].hyper
    real = [key for key, value in vars(spec()).items() if isinstance(value, float)]
    another = real[1] if len(real) > 1 else real[0]  # the first is the learning rate
    for hyper in ({}, {another: getattr(spec(), another) * 0.5}):
        many = backends.updater(name, target, "float32", **hyper)
        few = backends.updater(name, "numpy:cpu", "float64", **hyper)
        state, expected = many.init(x0), few.init(x0[::1000])
        for g in tape:
            state = many.step(state, many.put(g))
            expected = few.step(expected, few.put(g[::1000]))
        moved = np.abs(few.get(expected) - x0[::1000]).max()
        error = np.abs(many.get(state)[::1000] - few.get(expected)).max()
        assert error < 1e-3 * moved + 1e-6, hyper


@pytest.mark.parametrize("name", FIRST_ORDER)
def test_numpy_needs_blocks_only(name, monkeypatch):
    """Beside parameters, slots and gradient: the formula's temporaries, of a block a thread."""
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    updater = _numpy_updater(name)
    from backends.numpy import _blocks, _formulas
    from backends.targets import optimizer

    assert _blocks.BLOCK == BLOCK  # or the sizes above are not its edges
    g = updater.put(np.ones(20 * BLOCK))
    hyper = OPTIMIZERS[name].hyper()
    formula = _formulas.in_place(optimizer("numpy:cpu", name), hyper, g.dtype)
    updater.step(updater.init(g), g)
    tracemalloc.start()
    state = updater.init(g)
    tracemalloc.reset_peak()
    updater.step(state, g)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    arrays = (state.x, *_formulas.flat(state.slots))
    temporaries = 2 * formula.temporaries
    padding = (len(arrays) + temporaries) * _blocks.PAGE
    own = sum(array.nbytes for array in arrays) + temporaries * BLOCK * g.itemsize + padding
    assert peak < own + 2**15  # of Python's objects


def test_numpys_arrays_begin_where_pages_do():
    """Those of the state and the temporaries, few or many; the caller's own are left alone."""
    updater = _numpy_updater("adam")
    from backends.numpy._blocks import PAGE

    for n in (7, BLOCK + 1):
        x0 = np.zeros(n + 1, np.float32)[1:]
        state = updater.step(updater.init(x0), updater.put(np.ones(n)))
        assert not x0.any()
        for share in state.shares:
            for _, arrays in share:
                assert not any(array.ctypes.data % PAGE for array in arrays)


def _numpy_updater(name):
    pytest.importorskip("backends.numpy.engine")
    return backends.updater(name, "numpy:cpu", "float32")


@pytest.mark.parametrize("name", FIRST_ORDER)
def test_jax_needs_no_memory_beside_its_state(name):
    """The new state takes the place of the old one; at most one result is kept between kernels."""
    engine = pytest.importorskip("backends.jax.engine")
    updater = backends.updater(name, "jax:cpu", "float32")
    state = updater.init(np.ones(10**5))
    module = import_module(f"backends.jax.{name}")
    program = engine._update(module, OPTIMIZERS[name].hyper())
    needed = program.lower(*state, state.x).compile().memory_analysis()
    assert needed.temp_size_in_bytes <= state.x.nbytes
    assert needed.output_size_in_bytes - needed.alias_size_in_bytes < 2**10
    updater.step(state, updater.put(np.ones(10**5)))
    assert state.x.is_deleted()


@pytest.mark.skipif("torch" not in BACKENDS, reason="backends/torch is not here")
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_torch_needs_no_memory_beside_its_state(name):
    """The compiled pass allocates nothing of the parameters' size."""
    torch = pytest.importorskip("torch")
    updater = backends.updater(name, "torch:cpu", "float32")
    g = updater.put(np.ones(2**18))
    state = updater.step(updater.init(np.ones(2**18)), g)
    with torch.profiler.profile(profile_memory=True) as profile:
        updater.step(state, g)
    taken = [event.self_cpu_memory_usage for event in profile.key_averages()]
    assert sum(max(size, 0) for size in taken) < 2**18
