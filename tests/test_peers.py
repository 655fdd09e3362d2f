"""Claim: the first-order optimizers are those of torch.optim and optax, state included."""

import numpy as np
import pytest

import backends
from backends import TARGETS
from benchmarks.peers.equivalents import OPTAX, TORCH
from reference import DTYPES, OPTIMIZERS

HOSTS = [target for target in TARGETS if target.endswith(":cpu")]
STEPS, SIZE = 30, 7

FIRST_ORDER = [name for name, spec in OPTIMIZERS.items() if spec.first_order]


def _tape(seed):
    """A start and gradients of many magnitudes, both signs, and some exact zeros."""
    rng = np.random.default_rng(seed)
    tape = rng.normal(size=(STEPS, SIZE)) * 10.0 ** rng.uniform(-3, 2, size=(STEPS, SIZE))
    tape[rng.random((STEPS, SIZE)) < 0.1] = 0
    return rng.normal(size=SIZE), tape


def _ours(name, target, dtype, hyper, x0, tape):
    updater = backends.updater(name, target, dtype, **hyper)
    state = updater.init(x0)
    for g in tape:
        state = updater.step(state, updater.put(g))
    slots = state.slots if isinstance(state.slots, tuple) else (state.slots,)
    return updater.get(state), [np.asarray(slot) for slot in slots]


def _size(x0, tape, hyper):
    """The largest the numbers of such a run can be: start, and what all steps together move."""
    moved = hyper["lr"] * np.abs(tape).sum(axis=0) / (1 - hyper.get("momentum", 0.0))
    return np.abs(x0) + moved + STEPS


def _ratio(ours, theirs, size, dtype):
    """The difference in units of what 30 steps of a dozen roundings each may add up to."""
    allowed = 12 * STEPS * np.finfo(dtype).eps * np.maximum(np.abs(theirs), size)
    return float((np.abs(ours.astype(np.float64) - theirs) / allowed).max())


def _compare(cell, name, hyper, x0, tape, theirs, kept):
    """Our parameters and slots with a peer's, after the same gradients."""
    point, own = _ours(name, cell["target"], cell["dtype"], hyper, x0, tape)
    cell["ratio"] = _ratio(point, theirs, _size(x0, tape, hyper), cell["dtype"])
    assert cell["ratio"] <= 1
    summed = np.abs(tape).sum(axis=0) + (tape**2).sum(axis=0)
    assert len(own) == len(kept)
    for slot, peers in zip(own, kept, strict=True):
        assert _ratio(slot, peers, summed, cell["dtype"]) <= 1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_torch_optim_takes_the_same_steps(name, target, dtype, seed, record):
    """Parameters and slots after 30 gradients."""
    torch = pytest.importorskip("torch")
    if name not in TORCH:
        pytest.skip(f"torch.optim has no {name}")
    kind, hyper, theirs, slots = TORCH[name]
    x0, tape = _tape(seed)
    x = torch.nn.Parameter(torch.tensor(x0, dtype=getattr(torch, dtype)))
    peer = getattr(torch.optim, kind)([x], **theirs)
    for g in tape:
        x.grad = torch.tensor(g, dtype=x.dtype)
        peer.step()
    kept = [peer.state[x][key].double().numpy() for key in slots]
    cell = record(kind="peer", optimizer=name, target=target, dtype=dtype, peer="torch.optim")
    _compare(cell, name, hyper, x0, tape, x.detach().double().numpy(), kept)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_optax_takes_the_same_steps(name, target, dtype, seed, record):
    """Parameters and slots after 30 gradients."""
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    if name not in OPTAX:
        pytest.skip(f"optax has no {name}")
    kind, hyper, theirs, slots = OPTAX[name]
    x0, tape = _tape(seed)
    peer = getattr(optax, kind)(**theirs)
    with jax.enable_x64(True):
        x = jax.numpy.asarray(x0, dtype)
        state = peer.init(x)
        for g in tape:
            move, state = peer.update(jax.numpy.asarray(g, dtype), state, x)
            x = optax.apply_updates(x, move)
        kept = [np.asarray(optax.tree.get(state, key), np.float64) for key in slots]
    cell = record(kind="peer", optimizer=name, target=target, dtype=dtype, peer="optax")
    _compare(cell, name, hyper, x0, tape, np.asarray(x, np.float64), kept)
