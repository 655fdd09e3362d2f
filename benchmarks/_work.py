"""An updater at work: n parameters, a gradient for every step, and the check of where they lead."""

from functools import cached_property
from typing import Any

import numpy as np

import backends
import reference
from benchmarks._checks import check_ratio, end_of
from benchmarks._grid import known
from reference.digits import distance

DTYPE = "float32"  # what models are trained in
CHECKED = 6  # parameters compared, spread over all, the first and the last among them


class Work:
    """``steps`` steps of an optimizer on ``n`` parameters.

    Every step has a gradient of its own: repeated ones would be rounded the same way every time,
    and the bound takes rounding for random.
    """

    def __init__(self, optimizer: str, target: str, n: int, steps: int) -> None:
        known(reference.OPTIMIZERS, optimizer)
        self.optimizer = optimizer
        self.updater = backends.updater(optimizer, target, DTYPE)
        rng = np.random.Generator(np.random.PCG64(0))
        self.x0, *self.gradients = (
            rng.random(n, DTYPE) - np.array(0.5, DTYPE) for _ in range(1 + steps)
        )
        self.there = [self.updater.put(g) for g in self.gradients]
        self.state: Any = None

    def start(self) -> None:
        """Put fresh parameters on the device."""
        self.state = None  # its memory is free for the next
        self.state = self.updater.init(self.x0)
        self.updater.wait(self.state)

    def take(self) -> None:
        """Take all steps, and wait for the device."""
        step, state = self.updater.step, self.state
        for g in self.there:
            state = step(state, g)
        self.updater.wait(state)
        self.state = state

    @cached_property
    def _expected(self) -> tuple[Any, Any, Any]:
        at = np.unique(np.linspace(0, len(self.x0) - 1, CHECKED).astype(int))
        return at, *end_of(self.optimizer, self.x0[at], np.stack([g[at] for g in self.gradients]))

    def check(self) -> None:
        """Raise `Wrong` unless the steps led where the specification leads."""
        at, exact, allowed = self._expected
        ours = self.updater.get(self.state)[at].astype(np.float64)
        check_ratio(self.optimizer, np.max(distance(ours, exact) / allowed))
