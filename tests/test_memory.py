"""Claim: an update needs no memory beyond parameters, slots and small temporaries."""

import tracemalloc

import numpy as np
import pytest

import backends
from backends import BACKENDS
from backends.coefficients import Numbers, Schedule
from backends.targets import optimizer
from reference import OPTIMIZERS
from tests.helpers.lists import FIRST_ORDER
from tests.test_updates import BLOCK


@pytest.mark.parametrize("name", FIRST_ORDER)
def test_numpy_needs_blocks_only(name, monkeypatch):
    """numpy allocates parameters and slots, and for each thread one block per temporary."""
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    updater = _numpy_updater(name)
    from backends.numpy import _blocks, _code, _formula

    assert _blocks.BLOCK == BLOCK  # test_updates takes its sizes around it
    g = updater.put(np.ones(20 * BLOCK))
    hyper = OPTIMIZERS[name].hyper()
    native = optimizer("numpy:cpu", name)
    signature = _formula.signature(native, hyper, Schedule(native, hyper))
    formula = _code.in_place(signature, g.dtype)
    updater.step(updater.init(g), g)
    tracemalloc.start()
    state = updater.init(g)
    tracemalloc.reset_peak()
    updater.step(state, g)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    arrays = (state.x, *_formula.flat(state.slots))
    temporaries = 2 * formula.temporaries
    padding = (len(arrays) + temporaries) * _blocks.PAGE
    needed = sum(array.nbytes for array in arrays) + temporaries * BLOCK * g.itemsize + padding
    assert peak < needed + 2**15  # for Python objects


def test_numpys_arrays_begin_where_pages_do():
    """Arrays of numpy's state are aligned to pages, and the caller's array is not modified."""
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


FEW = 2**10  # bytes of some numbers
# XLA writes into the old state what reads no other array of it; Rprop's sizes read the gradients
TEMPORARIES = {"rprop": 2}


@pytest.mark.parametrize("name", FIRST_ORDER)
def test_jax_needs_no_memory_beside_its_state(name):
    """JAX donates the old state to the new one, and needs at most one array of temporaries."""
    engine = pytest.importorskip("backends.jax.engine")
    updater = backends.updater(name, "jax:cpu", "float32")
    state = updater.init(np.ones(10**5))
    numbers = Numbers(optimizer("jax:cpu", name), OPTIMIZERS[name].hyper())
    program = engine._programs.update(numbers.layout)
    varies = numbers.layout.varying
    given = updater._engine._block(numbers, 0) if varies else numbers.constants.astype(np.float32)
    assert given.shape[-1] == len(numbers.layout.constants) + len(varies)
    rest = state.x, given
    needed = program.lower(*state[: 3 if varies else 2], *rest).compile().memory_analysis()
    assert needed.temp_size_in_bytes < TEMPORARIES.get(name, 1) * state.x.nbytes + FEW
    assert needed.output_size_in_bytes - needed.alias_size_in_bytes < FEW
    updater.step(state, updater.put(np.ones(10**5)))
    assert state.x.is_deleted()


@pytest.mark.skipif("torch" not in BACKENDS, reason="backends/torch is not here")
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_torch_needs_no_memory_beside_its_state(name):
    """torch's compiled update allocates nothing of the parameters' size."""
    torch = pytest.importorskip("torch")
    updater = backends.updater(name, "torch:cpu", "float32")
    g = updater.put(np.ones(2**18))
    state = updater.step(updater.init(np.ones(2**18)), g)
    with torch.profiler.profile(profile_memory=True) as profile:
        updater.step(state, g)
    taken = [event.self_cpu_memory_usage for event in profile.key_averages()]
    assert sum(max(size, 0) for size in taken) < 2**18
