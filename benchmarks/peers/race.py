"""Timing in turns: what disturbs the machine disturbs all rivals alike."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks._workloads import Workload, parts

ENOUGH = 0.01  # seconds a sample takes at least: the clock and a call cost microseconds
REST = 0.003  # seconds between samples: threads that wait for work by spinning go to sleep


class Whole:
    """A workload made of a function that does it all: it returns what ``right`` can check.

    Or one ``part``-th of it, where the whole would take minutes.
    """

    def __init__(
        self, once: Callable[[], Any], right: Callable[[Any], object], part: int = 1
    ) -> None:
        self.once, self.right, self.part = once, right, part
        self.most = 10**9
        self.found: Any = None

    def start(self) -> None:
        self.found = None

    def take(self, count: int) -> None:
        for _ in range(count):
            self.found = self.once()

    def check(self) -> None:
        """The last: the function is given the same each time."""
        self.right(self.found)


def _seconds(rival: Workload, count: int) -> float:
    """Do the work so often, the clock stopped where it starts anew and is checked."""
    spent = 0.0
    for seconds in parts(rival, count):
        rival.check()
        spent += seconds
    return spent


def _enough(rival: Workload) -> int:
    """How often the work must be done for a sample to take `ENOUGH`."""
    _seconds(rival, 1)  # imports, compiles, allocates
    count = 1
    while (spent := _seconds(rival, count)) < ENOUGH:
        count = max(2 * count, int(count * ENOUGH / max(spent, 1e-9)))
    return count


def race(rivals: Mapping[str, Workload], rounds: int) -> dict[str, list[float]]:
    """Time all rivals in turns: seconds per work, one per round.

    Each order is gone forth and back, ABBA, so that what drifts meanwhile cancels; then a new one.

    Raises
    ------
    benchmarks._checks.Wrong
        A rival that does not get where its specification leads, in any of the runs timed.
    """
    counts = {name: _enough(rival) for name, rival in rivals.items()}
    order = random.Random(0)
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    turn = list(rivals)
    for i in range(rounds):
        turn = turn[::-1] if i % 2 else order.sample(turn, len(turn))
        for name in turn:
            time.sleep(REST)
            spent = _seconds(rivals[name], counts[name]) / counts[name]
            seconds[name].append(spent * getattr(rivals[name], "part", 1))
    return seconds


def ratio(ours: list[float], theirs: list[float]) -> tuple[float, float, float]:
    """The median of ours / theirs over the rounds, and its quartiles."""
    ratios = np.array(ours) / np.array(theirs)
    low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75))
    return float(middle), float(low), float(high)
