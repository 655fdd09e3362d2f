"""Workloads: what is timed, with what goes before the clock and what is checked after it."""

from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np

import backends
import reference
from benchmarks._checks import Wrong, check_ratio
from benchmarks._grid import known
from benchmarks._older import tape_of

DTYPE: Final = "float32"  # what models are trained in
CHECKED = 6  # parameters compared, spread over all, the first and the last among them


class Workload(Protocol):
    """Work that can be repeated.

    Attributes
    ----------
    most
        The largest ``count`` that `check` can check.
    """

    most: int

    def start(self) -> None:
        """Make what `take` begins with, outside the clock."""
        ...

    def take(self, count: int) -> None:
        """Do the work so often, and return when the device is done."""
        ...

    def check(self) -> None:
        """Raise `Wrong` unless what was taken led where it must."""
        ...


class Subject(Protocol):
    """Anything that takes steps with given gradients, such as a `backends.Updater`."""

    def init(self, x0: Any) -> Any:
        """Put parameters (n,) where the steps are taken; return the state."""
        ...

    def put(self, g: Any) -> Any:
        """Put a gradient (n,) there."""
        ...

    def step(self, state: Any, g: Any) -> Any:
        """Take a step, which may use the state's memory; return the next state."""
        ...

    def wait(self, state: Any) -> None:
        """Return when the device has computed the state."""
        ...

    def get(self, state: Any) -> Any:
        """Return the parameters as a numpy array, (n,)."""
        ...


def numbers(n: int, steps: int) -> tuple[Any, Any]:
    """A start (n,) and the gradients of some steps, (steps, n), in [-0.5, 0.5)."""
    rng = np.random.Generator(np.random.PCG64(0))
    start, *gradients = (rng.random(n, DTYPE) - np.array(0.5, DTYPE) for _ in range(1 + steps))
    return start, gradients


class Updates:
    """Steps of a subject on ``n`` parameters, each with a gradient of its own.

    Repeated gradients would be rounded the same way every time, and the bound takes rounding for
    random.

    Parameters
    ----------
    optimizer, hyper
        The specification that the subject must follow.
    subject
        What takes the steps.
    n, most
        How many parameters, and how many steps at most.
    """

    def __init__(
        self, optimizer: str, hyper: dict[str, Any], subject: Subject, n: int, most: int
    ) -> None:
        self.optimizer, self.hyper, self.subject, self.most = optimizer, hyper, subject, most
        self.x0, self.gradients = numbers(n, most)
        self.on_device = [subject.put(g) for g in self.gradients]
        self.state: Any = None
        self.taken = 0

    def start(self) -> None:
        self.state = None  # its memory is free for the next
        self.taken = 0
        self.state = self.subject.init(self.x0)
        self.subject.wait(self.state)

    def take(self, count: int) -> None:
        step, state = self.subject.step, self.state
        for g in self.on_device[self.taken : self.taken + count]:
            state = step(state, g)
        self.subject.wait(state)
        self.state = state
        self.taken += count

    @cached_property
    def _at(self) -> Any:
        return np.unique(np.linspace(0, len(self.x0) - 1, CHECKED).astype(int))

    @cached_property
    def _truth(self) -> Any:
        picked = np.stack([g[self._at] for g in self.gradients])
        return tape_of(self.optimizer, self.x0[self._at], picked, self.hyper, DTYPE)

    def check(self) -> None:
        if self.taken > self.most:
            raise Wrong(
                f"{self.optimizer}: {self.taken} steps, of which {self.most} have gradients"
            )
        point = self.subject.get(self.state)[self._at]
        check_ratio(self.optimizer, self._truth.ratio(point, self.taken))


def ours(optimizer: str, target: str, n: int, most: int, **hyper: Any) -> Updates:
    """Updates of the measured commit's own updater."""
    known(reference.OPTIMIZERS, optimizer)
    updater = backends.updater(optimizer, target, DTYPE, **hyper)
    return Updates(optimizer, hyper, updater, n, most)
