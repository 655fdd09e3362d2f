"""The cell of a comparison with another library, and our updater as one of those compared."""

import numpy as np

import backends
from reports.cells import PeerCell

CLIPPING = {"torch.optim": "clip_grad_norm_", "optax": "clip_by_global_norm"}


def words(given):
    """Hyperparameters as a call has them."""
    return ", ".join(f"{name}={value!r}" for name, value in given.items())


def cell_of(known, target, dtype, library):
    """The cell of an equivalent in a library."""
    theirs = words(known.theirs)
    if known.clip_norm is not None:
        theirs += f", after {CLIPPING[library]} to {known.clip_norm}"
    where = {"target": target, "dtype": dtype, "peer": f"{library}.{known.peer}"}
    return PeerCell(optimizer=known.optimizer, ours=words(known.ours), theirs=theirs, **where)


def stray(cell, why, found):
    """Record a finding: why and from which step on, and the largest share of the bound."""
    cell.strays, cell.ratio = f"{why}, from step {found.first} on", found.factor


class Ours:
    """Our own updater of a tape's parameters, with other hyperparameters, as a subject."""

    def __init__(self, target, tape, hyper):
        self.updater = backends.updater(tape.optimizer, target, tape.dtype, **hyper)
        self.init, self.put, self.step = self.updater.init, self.updater.put, self.updater.step
        self.get = self.updater.get

    def slots(self, state):
        """Its slots as numpy arrays."""
        slots = state.slots if isinstance(state.slots, tuple) else (state.slots,)
        return [np.asarray(slot) for slot in slots]
