"""Claim: torch.optim and optax take the specification's steps if set to its conventions."""

from contextlib import contextmanager, nullcontext
from functools import partial

import numpy as np
import pytest

from benchmarks.peers.equivalents import NOT_IN_OPTAX, NOT_IN_TORCH, OPTAX, TORCH
from benchmarks.peers.published import PUBLISHED, Rule
from benchmarks.peers.subjects import Optax, TorchOptim
from reference import DTYPES, Tape, truth
from reports.cells import PeerCell
from tests.helpers import tapes, worst
from tests.helpers.lists import FIRST_ORDER

CLIPPING = {"torch.optim": "clip_grad_norm_", "optax": "clip_by_global_norm"}
COMMON = ("lr", "momentum", "decay", "beta1", "beta2", "eps")  # numbers of every convention


def _check(subject, tape, cell):
    """After all gradients of the tape, parameters and slots are within the error bound."""
    state = subject.init(tape.start)
    for g in tape.gradients:
        state = subject.step(state, subject.put(g))
    true, point, slots = truth(tape), subject.get(state), subject.slots(state)
    cell.ratio = max(true.ratio(point), true.slots_ratio(slots))
    worst.within(cell, partial(worst.on_tape, tape, point, slots))


@contextmanager
def _torch_in(dtype):
    """torch's default dtype set to the parameters', as whoever computes in float64 sets it."""
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _words(given):
    return ", ".join(f"{name}={value!r}" for name, value in given.items())


def _cell(known, target, dtype, library):
    theirs = _words(known.theirs)
    if known.clip_norm is not None:
        theirs += f", after {CLIPPING[library]} to {known.clip_norm}"
    words = {"ours": _words(known.ours), "theirs": theirs}
    peer = f"{library}.{known.peer}"
    return PeerCell(optimizer=known.optimizer, target=target, dtype=dtype, peer=peer, **words)


@pytest.mark.parametrize(
    ("table", "absent"),
    [(TORCH, NOT_IN_TORCH), (OPTAX, NOT_IN_OPTAX)],
    ids=["torch.optim", "optax"],
)
def test_every_first_order_optimizer_has_an_equivalent(table, absent):
    """Each is compared with torch.optim and optax, but for those that they do not have."""
    compared = {each.optimizer for each in table.values()}
    assert compared | set(absent) == set(FIRST_ORDER)
    assert not compared & set(absent)


@pytest.mark.parametrize("name", NOT_IN_TORCH)
def test_what_torch_lacks_is_not_there(name):
    """A release of torch that has one of these is compared with it."""
    optim = pytest.importorskip("torch").optim
    assert name.replace("_", "") not in {each.lower() for each in dir(optim)}


def test_optax_takes_the_steps_of_rprop_one_step_late():
    """A release of optax that does not is compared with ours: its entry is missing then."""
    optax = pytest.importorskip("optax")
    peer = optax.rprop(0.125)
    state = peer.init(np.zeros(1, np.float32))
    moves = []
    for g in (1.0, 1.0, 1.0):
        move, state = peer.update(np.array([g], np.float32), state)
        moves.append(float(move[0]))
    sizes = [0.125, 0.125 * 1.2, 0.125 * 1.44]
    assert moves == pytest.approx([0.0, -sizes[0], -sizes[1]], rel=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", TORCH)
def test_torch_optim_takes_the_same_steps(name, dtype, record):
    """torch.optim agrees with the specification on every tape."""
    known = TORCH[name]
    with _torch_in(dtype):
        for kind in tapes.KINDS:
            cell = record(_cell(known, "torch:cpu", dtype, "torch.optim"))
            tape = tapes.tape(kind, known.optimizer, known.ours, dtype)
            _check(TorchOptim(name, dtype), tape, cell)


def test_torch_keeps_nadams_momenta_in_its_default_dtype():
    """float64 parameters take steps that are off by 1e-8 where torch's default dtype is float32.

    A release of torch that mends this needs no default dtype in the test above.
    """
    pytest.importorskip("torch")
    tape = tapes.tape("unequal", "nadam", TORCH["nadam"].ours, "float64")
    cell = _cell(TORCH["nadam"], "torch:cpu", "float64", "torch.optim")
    with pytest.raises(AssertionError, match="parameters, element"), _torch_in("float32"):
        _check(TorchOptim("nadam", "float64"), tape, cell)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OPTAX)
def test_optax_takes_the_same_steps(name, dtype, record):
    """optax agrees with the specification on every tape."""
    jax, _ = pytest.importorskip("jax"), pytest.importorskip("optax")
    known = OPTAX[name]
    with jax.enable_x64(True) if dtype == "float64" else nullcontext():
        subject = Optax(name, dtype)
        for kind in tapes.KINDS:
            cell = record(_cell(known, "jax:cpu", dtype, "optax"))
            _check(subject, tapes.tape(kind, known.optimizer, known.ours, dtype), cell)


@pytest.mark.parametrize("kind", tapes.KINDS)
@pytest.mark.parametrize("rule", PUBLISHED, ids=lambda r: f"{r.framework} {r.name}, {r.theirs}")
def test_a_published_rule_takes_the_same_steps(rule, kind, record):
    """What other frameworks publish is ours with the hyperparameters that the table names."""
    words = {"ours": _words(rule.ours), "theirs": rule.theirs, "source": rule.source}
    where = {"target": "numpy:cpu", "dtype": "float64", "peer": f"{rule.framework} {rule.name}"}
    cell = record(PeerCell(optimizer=rule.optimizer, **where, **words))
    start, gradients = tapes.numbers(kind)
    slots = [np.full_like(start, each) for each in rule.slots] if rule.slots else None
    tape = Tape(rule.optimizer, start, gradients, rule.ours, "float64", slots)
    subject = Rule(rule)
    state = subject.init(tape.start)
    for g in tape.gradients:
        state = subject.step(state, g)
    cell.ratio = truth(tape).ratio(subject.get(state))
    worst.within(cell, partial(worst.on_tape, tape, subject.get(state), ()))


def _plain(rule):
    """Its numbers without its conventions."""
    return {n: v for n, v in rule.ours.items() if isinstance(v, float) and n in COMMON}


OTHERWISE = [rule for rule in PUBLISHED if _plain(rule) != rule.ours]


@pytest.mark.parametrize("rule", OTHERWISE, ids=lambda r: f"{r.framework} {r.name}, {r.theirs}")
def test_a_published_rule_is_not_the_default(rule):
    """Without its convention, ours leads elsewhere: each row says something."""
    tape = tapes.tape("unequal", rule.optimizer, _plain(rule), "float64")
    subject = Rule(rule)
    state = subject.init(tape.start)
    for g in tape.gradients:
        state = subject.step(state, g)
    assert truth(tape).ratio(subject.get(state)) > 1


@pytest.mark.parametrize(("beta2", "first"), [(0.999, 6), (0.9999, 2)])
def test_optax_loses_the_length_of_a_long_average(beta2, first, monkeypatch):
    """optax.radam takes rho in float32: at its default beta2 it is off from the first scaled step.

    At 0.9999 it scales the second step: rho is 2, and comes out above 5.
    """
    pytest.importorskip("optax")
    ours = {"lr": 0.1, "beta2": beta2, "eps_before_correction": False}
    theirs = {"learning_rate": 0.1, "b2": beta2}
    monkeypatch.setitem(OPTAX, "long", OPTAX["radam"]._replace(ours=ours, theirs=theirs))
    subject, tape = Optax("long"), tapes.tape("unequal", "radam", ours, "float32")
    state, true, ratios = subject.init(tape.start), truth(tape), []
    for step, g in enumerate(tape.gradients, 1):
        state = subject.step(state, subject.put(g))
        ratios.append(true.ratio(subject.get(state), step))
    assert max(ratios[: first - 1]) <= 1 < ratios[first - 1]


@pytest.mark.parametrize("kind", [kind for kind in tapes.KINDS if kind != "tiny"])
def test_a_peer_set_otherwise_is_noticed(kind):
    """A learning rate wrong by 1e-5 fails, except on gradients too tiny to change a parameter."""
    pytest.importorskip("torch")
    hyper = {**TORCH["adam"].ours, "lr": TORCH["adam"].ours["lr"] * (1 + 1e-5)}
    tape = tapes.tape(kind, "adam", hyper, "float32")
    cell = _cell(TORCH["adam"], "torch:cpu", "float32", "torch.optim")
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
