"""Tapes: sequences of gradients, each chosen to reveal a class of mistakes; and how to run them."""

import numpy as np

import backends
from reference import Batch, Case, Problem, Tape

SIZE, STEPS = 7, 30
TINY = 1e-12  # scale of tiny gradients, far below eps


def _unequal(rng):
    """Gradients of many magnitudes and both signs, different in every step and coordinate."""
    return rng.normal(size=(STEPS, SIZE)) * 10.0 ** rng.uniform(-3, 2, size=(STEPS, SIZE))


def _zeros(rng):
    """Zero gradients at the start, in the middle and at the end; one coordinate is always zero."""
    tape = rng.normal(size=(STEPS, SIZE))
    tape[:3], tape[10:15], tape[-2:], tape[:, -1] = 0, 0, 0, 0
    return tape


def _tiny(rng):
    """Gradients so small that eps dominates the denominator."""
    return rng.normal(size=(STEPS, SIZE)) * TINY


def _huge(rng):
    """Gradients so large that eps is negligible."""
    return rng.normal(size=(STEPS, SIZE)) * 1e6


def _repeated(rng):
    """The same gradient in every step, so that moving averages approach their limits."""
    return np.repeat(rng.normal(size=(1, SIZE)), STEPS, axis=0)


KINDS = {
    "unequal": _unequal,
    "zeros": _zeros,
    "tiny": _tiny,
    "huge": _huge,
    "repeated": _repeated,
}


def numbers(kind, seed=0):
    """A start and gradients that float32 represents exactly."""
    rng = np.random.default_rng((seed, *kind.encode()))
    start, gradients = rng.normal(size=SIZE), KINDS[kind](rng)
    return (array.astype(np.float32).astype(np.float64) for array in (start, gradients))


def tape(kind, optimizer, hyper, dtype, seed=0, steps=STEPS):
    """A tape of one of `KINDS` for an optimizer, with its first ``steps`` gradients."""
    start, gradients = numbers(kind, seed)
    return Tape(optimizer, start, gradients[:steps], hyper, dtype)


def end(tape, target, copies=1):
    """The last parameters and slots of an updater that runs ``copies`` of the tape side by side."""
    updater = backends.updater(tape.optimizer, target, tape.dtype, **tape.hyper)
    state = updater.init(np.tile(tape.start, copies))
    for g in tape.gradients:
        state = updater.step(state, updater.put(np.tile(g, copies)))
    updater.wait(state)
    slots = state.slots if isinstance(state.slots, tuple) else (state.slots,)
    return updater.get(state), [np.asarray(slot) for slot in slots]


def case(tape):
    """A case that takes the tape's steps: the gradients are its data, in batches of one."""
    once = Batch(size=1)
    data = np.empty(tape.gradients.shape)
    data[once.indices(tape.steps, tape.steps)[:, 0]] = tape.gradients
    problem = Problem(
        title="Given gradients",
        cites=(),
        value=lambda xp, k, x: 0 * x[..., 0],
        gradient=lambda xp, k, x: k.data[0] + 0 * x,
        start=lambda p: tape.start.tolist(),
        constants=lambda p: {"data": data},
    )
    options = {"hyper": tape.hyper, "steps": tape.steps, "dtype": tape.dtype, "batch": once}
    return Case(tape.optimizer, problem, **options)
