"""Claim: torch.optim and optax take the specification's steps if set to its conventions."""

from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import product

import numpy as np
import pytest

from benchmarks.peers.elsewhere import Example
from benchmarks.peers.equivalents import NOT_IN_OPTAX, NOT_IN_TORCH, OPTAX, TORCH
from benchmarks.peers.others import EXAMPLES
from benchmarks.peers.published import PUBLISHED, Rule
from benchmarks.peers.subjects import Optax, TorchOptim
from reference import DTYPES, OPTIMIZERS, truth
from reports.cells import PeerCell
from tests.helpers import long_tapes, tapes, worst
from tests.helpers.lists import FIRST_ORDER, quick
from tests.helpers.long_tapes import deviation, follow
from tests.helpers.long_tapes import tape as tape_of
from tests.helpers.peers import cell_of, stray, words

IN_FLOAT64 = quick(DTYPES, ["float64"])  # where less is lost in rounding
COMMON = ("lr", "momentum", "decay", "beta1", "beta2", "eps")  # numbers of every convention


def _check(subject, tape, cell):
    """At every step of the tape, and in the last state, it is within the error bound."""
    true, found = truth(tape), follow(subject, tape)
    slots = true.slots_ratio(found.slots) if cell.source == "" else 0.0
    cell.ratio = max(deviation(true, found.points).factor, slots)
    worst.within(cell, partial(worst.on_tape, tape, found.points[-1], found.slots))


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


@pytest.mark.parametrize("dtype", IN_FLOAT64)
@pytest.mark.parametrize("name", TORCH)
def test_torch_optim_takes_the_same_steps(name, dtype, record):
    """torch.optim agrees with the specification on 300 gradients of every kind."""
    known = TORCH[name]
    cell = record(cell_of(known, "torch:cpu", dtype, "torch.optim"))
    with _torch_in(dtype):
        _check(TorchOptim(name, dtype), tape_of(known, dtype), cell)


def test_torch_keeps_nadams_momenta_in_its_default_dtype():
    """float64 parameters take steps that are off by 1e-8 where torch's default dtype is float32.

    A release of torch that mends this needs no default dtype in the test above.
    """
    pytest.importorskip("torch")
    known = TORCH["nadam"]
    cell = cell_of(known, "torch:cpu", "float64", "torch.optim")
    with pytest.raises(AssertionError, match="parameters, element"), _torch_in("float32"):
        _check(TorchOptim("nadam", "float64"), tape_of(known, "float64"), cell)


@pytest.mark.parametrize("dtype", IN_FLOAT64)
@pytest.mark.parametrize("name", OPTAX)
def test_optax_takes_the_same_steps(name, dtype, record):
    """optax agrees with the specification on 300 gradients of every kind."""
    jax, _ = pytest.importorskip("jax"), pytest.importorskip("optax")
    known = OPTAX[name]
    cell = record(cell_of(known, "jax:cpu", dtype, "optax"))
    with jax.enable_x64(True) if dtype == "float64" else nullcontext():
        _check(Optax(name, dtype), tape_of(known, dtype), cell)


STRAYING = ("adam, its own betas", "float32")


@pytest.mark.parametrize(
    ("name", "dtype"), [each for each in product(EXAMPLES, DTYPES) if each != STRAYING]
)
def test_jaxs_example_libraries_take_the_same_steps(name, dtype, record):
    """jax.example_libraries.optimizers agrees with the specification on the same gradients."""
    jax = pytest.importorskip("jax")
    known = EXAMPLES[name]
    cell = record(cell_of(known, "jax:cpu", dtype, "jax.example_libraries"))
    with jax.enable_x64(True) if dtype == "float64" else nullcontext():
        _check(Example(name, dtype), tape_of(known, dtype), cell)


def test_jaxs_example_of_adam_loses_digits_of_a_long_average(record):
    """1 - beta2^t cancels in float32: with 0.999 it is off from the first step."""
    pytest.importorskip("jax")
    name, dtype = STRAYING
    known = EXAMPLES[name]
    cell = record(cell_of(known, "jax:cpu", dtype, "jax.example_libraries"))
    tape = tape_of(known, dtype)
    found = deviation(truth(tape), follow(Example(name, dtype), tape).points)
    stray(cell, "1 - beta2^t is computed in float32, where it cancels", found)
    assert (found.kind, found.first) == ("repeated", 1)
    assert found.factor > 3


@pytest.mark.parametrize("rule", PUBLISHED, ids=lambda r: f"{r.framework} {r.name}, {r.theirs}")
def test_a_published_rule_takes_the_same_steps(rule, record):
    """What other frameworks publish is ours with the hyperparameters that the table names."""
    said = {"ours": words(rule.ours), "theirs": rule.theirs, "source": rule.source}
    where = {"target": "numpy:cpu", "dtype": "float64", "peer": f"{rule.framework} {rule.name}"}
    cell = record(PeerCell(optimizer=rule.optimizer, **where, **said))
    _check(Rule(rule), tape_of(rule, "float64", rule.slots), cell)


def _plain(rule):
    """Its numbers without its conventions."""
    return {n: v for n, v in rule.ours.items() if isinstance(v, float) and n in COMMON}


def _is_default(rule):
    """Whether it is ours with nothing but numbers, given conventions at their defaults."""
    built = [OPTIMIZERS[rule.optimizer].hyper(**given) for given in (_plain(rule), rule.ours)]
    return built[0] == built[1]


OTHERWISE = [rule for rule in PUBLISHED if not _is_default(rule)]


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


def test_a_peer_set_otherwise_is_noticed():
    """A learning rate wrong by 1e-5 fails on gradients of every kind that moves a parameter."""
    pytest.importorskip("torch")
    known = TORCH["adam"]
    wrong = known._replace(ours={**known.ours, "lr": known.ours["lr"] * (1 + 1e-5)})
    tape = tape_of(wrong, "float32")
    points = follow(TorchOptim("adam"), tape).points
    for kind in long_tapes.KINDS.keys() - {"never", "tiny"}:
        at = [i for i, each in enumerate(long_tapes.COLUMNS) if each == kind]
        assert deviation(truth(tape.at(at)), points[:, at]).factor > 1, kind


def test_a_tape_has_what_makes_mistakes_show():
    """The kinds have both signs, exact zeros, and sizes far below and far above eps."""
    _, numbers = long_tapes.numbers()
    gradients = dict(zip(long_tapes.COLUMNS, numbers.T, strict=True))
    assert len(numbers) >= 300
    assert not gradients["never"].any()
    assert (gradients["rarely"] == 0).sum() > 100
    assert gradients["unequal"].min() < 0 < gradients["unequal"].max()
    assert np.abs(gradients["tiny"]).max() < 1e-8 < 1e5 < np.abs(gradients["huge"]).max()
    assert (gradients["repeated"] == gradients["repeated"][0]).all()
    assert (np.sign(gradients["alternating"][1:]) == -np.sign(gradients["alternating"][:-1])).all()
