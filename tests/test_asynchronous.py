"""Claim: a step on a GPU neither waits for it nor copies anything between it and the host."""

from contextlib import contextmanager

import numpy as np
import pytest

from backends import updater, why_unavailable
from tests.helpers.lists import FIRST_ORDER

pytestmark = pytest.mark.filterwarnings("ignore:Synchronization debug mode:UserWarning")
TARGETS = ("jax:cpu", "jax:cuda", "torch:cuda")  # JAX guards transfers on a CPU as well
WARM, STEPS = 3, 20


@contextmanager
def _guarded(target):
    """Raise where a framework waits for the device, or copies without being asked to."""
    if target.startswith("jax"):
        import jax

        with jax.transfer_guard("disallow"):
            yield
    else:
        import torch

        torch.cuda.set_sync_debug_mode("error")
        try:
            yield
        finally:
            torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("optimizer", FIRST_ORDER)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n", [10, 300_000])
def test_steps_do_not_wait(n, target, optimizer):
    """Twenty steps are only dispatched."""
    if why_unavailable(target):
        pytest.skip(why_unavailable(target))
    subject = updater(optimizer, target, "float32")
    state = subject.init(np.ones(n))
    g = subject.put(np.full(n, 0.5))
    for _ in range(WARM):
        state = subject.step(state, g)
    with _guarded(target):
        for _ in range(STEPS):
            state = subject.step(state, g)
    assert np.isfinite(subject.get(state)).all()


@pytest.mark.parametrize("target", TARGETS)
def test_the_guard_sees_a_copy(target):
    """A number taken from the device, or given to it unasked, raises."""
    if why_unavailable(target):
        pytest.skip(why_unavailable(target))
    subject = updater("gd", target, "float32")
    g = subject.put(np.ones(3))
    with pytest.raises(Exception, match=r"(?i)transfer|synchroniz"), _guarded(target):
        _ = g + np.ones(3, np.float32) if target.startswith("jax") else g.sum().item()
