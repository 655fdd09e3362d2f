"""The plain tapes of the conformance kit, and how to run them on ours."""

import numpy as np

import backends
from backends.conformance.tapes import PLAIN, SIZE, STEPS, TINY, numbers, tape
from reference import Batch, Case, Problem

KINDS = PLAIN
__all__ = ["KINDS", "SIZE", "STEPS", "TINY", "case", "end", "numbers", "tape"]


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
