"""Claim: Keras and scikit-learn take the specification's steps if set to its conventions."""

from functools import partial
from typing import NamedTuple

import pytest

from benchmarks.peers.elsewhere import ScikitLearn
from benchmarks.peers.others import KERAS, SCIKIT_LEARN
from reference import DTYPES, truth
from tests.helpers import keras_peers, long_tapes, worst
from tests.helpers.lists import quick
from tests.helpers.peers import cell_of, stray


class Finding(NamedTuple):
    """How Keras departs from its own formula: a release that does not is compared like the rest.

    ``factor`` is what its error exceeds the bound by, at least, on gradients of ``kind``; ``first``
    is the first step in which it does.
    """

    why: str
    kind: str
    first: int
    factor: float


SINGLE = "maximum and minimum of a float64 tensor and a number are float32, a norm's limit too"
POWER = "1 - beta^t is computed in float32, where it cancels"
FINDINGS = {
    ("torch", "gd, norm clipped", "float64"): Finding(SINGLE, "huge", 1, 1e6),
    ("torch", "adam, its norm clipped", "float64"): Finding(SINGLE, "huge", 1, 3e5),
    ("torch", "adam, its own betas", "float32"): Finding(POWER, "repeated", 1, 3),
    ("jax", "adam, its own betas", "float32"): Finding(POWER, "repeated", 1, 3),
    ("torch", "nadam, its own betas", "float32"): Finding(POWER, "repeated", 1, 3),
}
EVERY = [(b, n, d) for b in keras_peers.BACKENDS for n in KERAS for d in DTYPES]
COMPARED = [each for each in EVERY if each not in FINDINGS]
QUICK = [each for each in EVERY if each[-1] == "float64" or each in FINDINGS]


def _found(shared, backend, *run):
    """What Keras finds on a backend, in a process for quick tests and one for exhaustive ones."""
    rest = [each for each in EVERY if each not in QUICK]
    part, runs = ("rest", rest) if (backend, *run) in rest else ("quick", QUICK)
    runs = [each[1:] for each in runs if each[0] == backend]
    return keras_peers.found(shared, backend, part, runs)[run]


def _check(known, tape, followed, cell):
    """At every step of the tape, and in the last state, it is within the bound."""
    true = truth(tape)
    cell.ratio = max(
        long_tapes.deviation(true, followed.points).factor, true.slots_ratio(followed.slots)
    )
    worst.within(cell, partial(worst.on_tape, tape, followed.points[-1], followed.slots))


@pytest.mark.parametrize(("backend", "name", "dtype"), quick(COMPARED, QUICK))
def test_keras_takes_the_same_steps(backend, name, dtype, shared, record):
    """On torch, and jitted on JAX, in the dtype that is Keras's floatx."""
    known = KERAS[name]
    cell = record(cell_of(known, f"{backend}:cpu", dtype, "keras"))
    followed = _found(shared, backend, name, dtype)
    _check(known, long_tapes.tape(known, dtype), followed, cell)


@pytest.mark.parametrize(("backend", "name", "dtype"), FINDINGS)
def test_keras_strays_from_its_formula(backend, name, dtype, shared, record):
    """The step and the gradients where it does, and by how much of what rounding explains."""
    known, finding = KERAS[name], FINDINGS[backend, name, dtype]
    cell = record(cell_of(known, f"{backend}:cpu", dtype, "keras"))
    followed = _found(shared, backend, name, dtype)
    found = long_tapes.deviation(truth(long_tapes.tape(known, dtype)), followed.points)
    stray(cell, finding.why, found)
    assert (found.kind, found.first) == (finding.kind, finding.first)
    assert found.factor > finding.factor


@pytest.mark.parametrize("backend", keras_peers.BACKENDS)
def test_keras_keeps_the_learning_rate_in_its_floatx(backend, shared):
    """float64 parameters take steps of a float32 rate, 1e7 times beyond the bound, by default."""
    followed = _found(shared, backend, "gd", keras_peers.SINGLE_RATE)
    found = long_tapes.deviation(truth(long_tapes.tape(KERAS["gd"], "float64")), followed.points)
    assert (found.kind, found.first) == ("huge", 1)
    assert found.factor > 1e7


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SCIKIT_LEARN)
def test_scikit_learn_takes_the_same_steps(name, dtype, record):
    """In float64, and in float32, the dtype of its parameters."""
    pytest.importorskip("sklearn")
    known = SCIKIT_LEARN[name]
    cell = record(cell_of(known, "numpy:cpu", dtype, "scikit-learn"))
    tape = long_tapes.tape(known, dtype)
    _check(known, tape, long_tapes.follow(ScikitLearn(name, dtype), tape), cell)
