"""Claim: torch.optim and optax take the specification's steps if set to its conventions."""

from contextlib import nullcontext
from functools import partial

import numpy as np
import pytest

from benchmarks.peers.equivalents import OPTAX, TORCH
from benchmarks.peers.subjects import Optax, TorchOptim
from reference import DTYPES, truth
from reports.cells import PeerCell
from tests.helpers import tapes, worst
from tests.helpers.lists import FIRST_ORDER


def _check(subject, tape, cell):
    """After all gradients of the tape, parameters and slots are within the error bound."""
    state = subject.init(tape.start)
    for g in tape.gradients:
        state = subject.step(state, subject.put(g))
    true, point, slots = truth(tape), subject.get(state), subject.slots(state)
    cell.ratio = max(true.ratio(point), true.slots_ratio(slots))
    worst.within(cell, partial(worst.on_tape, tape, point, slots))


def _cell(name, target, dtype, peer):
    return PeerCell(optimizer=name, target=target, dtype=dtype, peer=peer)


def _hyper(table, name, library):
    if name not in table:
        pytest.skip(f"{name} has no entry for {library} in benchmarks/peers/equivalents.py")
    return table[name][1]


@pytest.mark.parametrize("kind", tapes.KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_torch_optim_takes_the_same_steps(name, dtype, kind, record):
    """torch.optim agrees with the specification on every tape."""
    pytest.importorskip("torch")
    hyper = _hyper(TORCH, name, "torch.optim")
    cell = record(_cell(name, "torch:cpu", dtype, "torch.optim"))
    _check(TorchOptim(name, dtype), tapes.tape(kind, name, hyper, dtype), cell)


@pytest.mark.parametrize("kind", tapes.KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_optax_takes_the_same_steps(name, dtype, kind, record):
    """optax agrees with the specification on every tape."""
    jax, _ = pytest.importorskip("jax"), pytest.importorskip("optax")
    hyper = _hyper(OPTAX, name, "optax")
    cell = record(_cell(name, "jax:cpu", dtype, "optax"))
    with jax.enable_x64(True) if dtype == "float64" else nullcontext():
        _check(Optax(name, dtype), tapes.tape(kind, name, hyper, dtype), cell)


@pytest.mark.parametrize("kind", [kind for kind in tapes.KINDS if kind != "tiny"])
def test_a_peer_set_otherwise_is_noticed(kind):
    """A learning rate wrong by 1e-5 fails, except on gradients too tiny to change a parameter."""
    pytest.importorskip("torch")
    hyper = {**TORCH["adam"][1], "lr": TORCH["adam"][1]["lr"] * (1 + 1e-5)}
    tape = tapes.tape(kind, "adam", hyper, "float32")
    cell = _cell("adam", "torch:cpu", "float32", "torch.optim")
    with pytest.raises(AssertionError):
        _check(TorchOptim("adam"), tape, cell)


def test_a_tape_has_what_makes_mistakes_show():
    """The tapes have both signs, exact zeros, and sizes far below and far above eps."""
    gradients = {kind: tapes.tape(kind, "gd", {}, "float32").gradients for kind in tapes.KINDS}
    assert (gradients["zeros"][0] == 0).all()
    assert (
        np.sign(gradients["unequal"]).min(axis=0) < np.sign(gradients["unequal"]).max(axis=0)
    ).all()
    assert np.abs(gradients["tiny"]).max() < 1e-8 < 1e5 < np.abs(gradients["huge"]).max()
    assert (gradients["repeated"] == gradients["repeated"][0]).all()
