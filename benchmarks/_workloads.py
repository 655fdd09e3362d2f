"""Workloads: what is timed, counted and raced; the clock stands between `start` and `result`."""

import time
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from types import SimpleNamespace
from typing import Any, Final, Protocol

import numpy as np

import backends
import reference
from benchmarks._checks import (
    Wrong,
    case_called,
    check_members,
    check_path,
    check_ratio,
    checked_members,
)
from benchmarks._grid import known
from benchmarks._older import start_of, tape_of
from benchmarks._sharded import placement

DTYPE: Final = "float32"  # what models are trained in
NEAREST = 0.9  # a sweep's starts lie between this part of the case's start and all of it
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


class Comparable(Workload, Protocol):
    """Work that can be done in one process and judged in another."""

    def result(self) -> Any:
        """Where the work led: what `judge` needs to know of it, numpy arrays and plain values."""
        ...

    def judge(self, result: Any) -> float:
        """The largest error of a result as a share of the error allowed; raise `Wrong` above 1.

        It knows nothing of the commit that the result is of, and can be called in another process.
        """
        ...


def parts(work: Workload, count: int) -> Iterator[float]:
    """Do the work ``count`` times in parts that can be checked; yield the seconds of each.

    The clock runs in `take` alone.
    """
    for first in range(0, count, work.most):
        work.start()
        begun = time.perf_counter()
        work.take(min(work.most, count - first))
        yield time.perf_counter() - begun


class Subject(Protocol):
    """Anything that takes steps with given gradients, such as a `backends.Updater`.

    One that overwrites its gradients has an attribute ``spends`` that is true.
    """

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
    make
        Makes the subject, which takes the steps.
    n, most
        How many parameters, and how many steps at most.
    """

    def __init__(
        self, optimizer: str, hyper: dict[str, Any], make: Callable[[], Subject], n: int, most: int
    ) -> None:
        self.optimizer, self.hyper, self.make = optimizer, hyper, make
        self.n, self.most = n, most
        self.state: Any = None
        self.taken = 0

    @cached_property
    def subject(self) -> Subject:
        return self.make()

    @cached_property
    def _inputs(self) -> tuple[Any, list[Any]]:
        """The start, and the gradients on the device."""
        start, gradients = numbers(self.n, self.most)
        return start, [self.subject.put(g) for g in gradients]

    def start(self) -> None:
        self.state = None  # its memory is free for the next
        self.taken = 0
        if getattr(self.subject, "spends", False):
            vars(self).pop("_inputs", None)
        start, _ = self._inputs
        self.state = self.subject.init(start)
        self.subject.wait(self.state)

    def take(self, count: int) -> None:
        step, state, (_, gradients) = self.subject.step, self.state, self._inputs
        for g in gradients[self.taken : self.taken + count]:
            state = step(state, g)
        self.subject.wait(state)
        self.state = state
        self.taken += count

    @cached_property
    def _at(self) -> Any:
        return np.unique(np.linspace(0, self.n - 1, CHECKED).astype(int))

    @cached_property
    def _truth(self) -> Any:
        start, gradients = numbers(self.n, self.most)  # which the judging process keeps none of
        picked = np.stack([g[self._at] for g in gradients])
        return tape_of(self.optimizer, start[self._at], picked, self.hyper, DTYPE)

    def result(self) -> tuple[Any, int]:
        return np.asarray(self.subject.get(self.state))[self._at], self.taken

    def judge(self, result: tuple[Any, int]) -> float:
        point, taken = result
        if taken > self.most:
            raise Wrong(f"{self.optimizer}: {taken} steps, of which {self.most} have gradients")
        return check_ratio(self.optimizer, self._truth.ratio(point, taken))

    def check(self) -> None:
        self.judge(self.result())


class Trajectory:
    """A case from its start to its end, as numpy arrays."""

    most = 10**9

    def __init__(self, case: str, target: str, mode: str) -> None:
        self.case, self.target, self.mode = case_called(case), target, mode
        self.path: backends.Path | None = None

    def start(self) -> None:
        self.path = None

    def take(self, count: int) -> None:
        for _ in range(count):
            self.path = backends.run(self.case, self.target, self.mode)

    def result(self) -> dict[str, Any]:
        assert self.path is not None
        return {name: getattr(self.path, name) for name in ("points", "values", "status", "steps")}

    def judge(self, result: dict[str, Any]) -> float:
        path = SimpleNamespace(case=self.case, target=self.target, mode=self.mode, **result)
        return float(check_path(path).ratio)

    def check(self) -> None:
        """The last: a case leads to the same end each time."""
        if self.path is not None:
            self.judge(self.result())


class Sweep:
    """All steps of a case from many starts, from numpy arrays to numpy arrays."""

    most = 10**9

    def __init__(self, case: str, members: int, target: str) -> None:
        self.case, self.target = case_called(case), target
        self.starts = start_of(self.case) * np.linspace(NEAREST, 1, members)[:, None]
        self.sweep = known(vars(backends), "sweep")
        self.swept: Any = None

    def start(self) -> None:
        self.swept = None

    def take(self, count: int) -> None:
        for _ in range(count):
            self.swept = self.sweep(self.case, self.starts, target=self.target, progress=False)

    def result(self) -> Any:
        return self.swept.points[checked_members(self.starts)]

    def judge(self, result: Any) -> float:
        return check_members(self.case, self.starts, result)

    def check(self) -> None:
        if self.swept is not None:
            self.judge(self.result())


def ours(optimizer: str, target: str, n: int, most: int, **hyper: Any) -> Updates:
    """Updates of the measured commit's own updater."""
    known(reference.OPTIMIZERS, optimizer)
    make = partial(backends.updater, optimizer, target, DTYPE, **hyper)
    return Updates(optimizer, hyper, make, n, most)


def sharded(optimizer: str, target: str, n: int, most: int, **hyper: Any) -> Updates:
    """The same on parameters that are spread over all devices of the target in this process."""
    known(reference.OPTIMIZERS, optimizer)

    def make() -> Subject:
        where = placement(target)
        return backends.updater(optimizer, target, DTYPE, placement=where, **hyper)

    return Updates(optimizer, hyper, make, n, most)
