"""A subject of the check raced with our own updater, and with a copy of memory."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from statistics import median
from typing import Any

import numpy as np

import backends
from backends.conformance.given import Settings
from backends.conformance.speed import Speed
from backends.conformance.subjects import Running, Start, Subject, find
from backends.conformance.verdict import RIGHT
from backends.protocol import Unsupported
from benchmarks._checks import Wrong
from benchmarks._workloads import CHECKED, Workload
from benchmarks._workloads import numbers as drawn
from benchmarks.bandwidth import MOVED, MOVERS, N
from benchmarks.peers.race import Whole, race, ratio
from benchmarks.peers.tallies import tally
from benchmarks.peers.updates import most
from reference import DTYPES, OPTIMIZERS, Tape, truth
from reference.states import array_names

SMALL, LARGE = 1_000, N  # few parameters, whose step is its calls; many, whose step is memory
ROUNDS = 8  # forth and back
FIRST = 1  # step outside the clock, in which some make their state, or compile
OURS, COPY = "ours", "a copy"


@cache
def numbers(n: int, dtype: str) -> tuple[Any, Any]:
    """A start (n,) and the gradients of all steps, which nobody may change."""
    start, gradients = drawn(n, FIRST + most(n))
    return start.astype(dtype), [g.astype(dtype) for g in gradients]


class Steps:
    """Steps of a subject on ``n`` parameters in one array.

    Arrays are made of numpy's before the clock starts, and read after it has stopped. A step that
    leads elsewhere does not raise: ``factor`` is the largest error, as a multiple of its bound.
    """

    def __init__(self, subject: Subject, settings: Settings, path: str, dtype: str, n: int) -> None:
        self.subject, self.path, self.dtype = subject, path, dtype
        self.n, self.most, self.factor = n, most(n), 0.0
        self.at = np.unique(np.linspace(0, n - 1, CHECKED).astype(int))
        start, gradients = numbers(n, dtype)
        picked = np.stack([g[self.at] for g in gradients])
        self.true = truth(Tape(settings.optimizer, start[self.at], picked, settings.ours, dtype))
        self.running = Running()
        self.handed: list[Any] = []

    def start(self) -> None:
        """Begin anew, with gradients that it may change, and take the first step."""
        self.close()
        start, gradients = numbers(self.n, self.dtype)
        self.running = self.subject.start(Start([start.copy()], self.dtype, self.path))
        self.handed = [self.running.put([g.copy()]) for g in gradients]
        self.taken = 0
        self.take(FIRST)

    def take(self, count: int) -> None:
        running = self.running
        for handed in self.handed[self.taken : self.taken + count]:
            running.take(handed)
        running.wait()
        self.taken += count

    def check(self) -> None:
        """Compare with the truth, and free the memory for the next rival."""
        (x,) = self.running.get()
        found = float(self.true.ratio(np.asarray(x)[self.at], self.taken))
        self.factor = max(self.factor, found if np.isfinite(found) else np.inf)
        self.close()

    def close(self) -> None:
        self.running, self.handed = Running(), []

    def counts(self, target: str) -> Mapping[str, int]:
        """What one step more consists of."""
        self.start()
        found = tally(target, self.running, self.handed[self.taken])
        self.close()
        return found


def timed(
    subject: Subject, settings: Settings, paths: Sequence[str], dtype: str
) -> Sequence[Speed]:
    """Time a step on each path beside ours and a copy: a `backends.conformance.speed.Timer`.

    Raises
    ------
    Unsupported
        If ours cannot run where the subject does, or not in this dtype.
    """
    if dtype not in DTYPES:
        raise Unsupported(f"ours does not run in {dtype}: expected one of {', '.join(DTYPES)}")
    own = backends.updater(settings.optimizer, subject.target, dtype, **settings.ours)
    ours = find(own).make(settings)
    found: list[Speed] = []
    with subject.scope(dtype):
        for n in (SMALL, LARGE):
            rivals = {path: Steps(subject, settings, path, dtype, n) for path in paths}
            own_steps = Steps(ours, settings, ours.paths[0], dtype, n)
            with nullcontext() if n == LARGE else one_thread():
                found += _raced(rivals, own_steps, subject.target, settings)
    return sorted(found, key=lambda each: paths.index(each.path))


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch, if it is loaded, take small steps with one thread, for two wait for each other."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _raced(
    rivals: Mapping[str, Steps], ours: Steps, target: str, settings: Settings
) -> list[Speed]:
    large = ours.n == LARGE
    copy: dict[str, Workload] = {COPY: _copy(target)} if large else {}
    seconds = race({OURS: ours, **rivals, **copy}, ROUNDS)
    if ours.factor > 1:
        raise Wrong(f"our {settings.optimizer}: {ours.factor:.3g} times its bound")
    moved = _moved(settings, ours)
    rate = MOVED["copy"] * N / min(seconds[COPY]) if large else None
    own_counts = ours.counts(target)
    return [
        Speed(
            path,
            each.dtype,
            each.n,
            target,
            RIGHT,
            each.factor,
            median(seconds[path]),
            median(seconds[OURS]),
            ratio(seconds[path], seconds[OURS]) if each.factor <= 1 else None,
            moved / rate if rate else None,
            moved,
            each.counts(target),
            own_counts,
        )
        for path, each in rivals.items()
    ]


def _copy(target: str) -> Workload:
    """Ten million float32 numbers copied by all threads."""
    backend = target.split(":")[0]
    move, aim = MOVERS.get(backend, MOVERS["numpy"])("copy", "cpu")

    def arrived(found: object) -> None:
        if not (aim == 1).all():
            raise Wrong("not all numbers have arrived")

    return Whole(move, arrived)


def _moved(settings: Settings, ours: Steps) -> int:
    """The bytes of a step: parameters and state are read and written, the gradient is read."""
    spec = OPTIMIZERS[settings.optimizer]
    slots = len(array_names(spec, spec.hyper.build(settings.optimizer, settings.ours)))
    return (3 + 2 * slots) * ours.n * np.dtype(ours.dtype).itemsize
