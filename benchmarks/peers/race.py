"""Timing in turns: what disturbs the machine disturbs all rivals alike."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

ENOUGH = 0.01  # seconds a sample takes at least: the clock and a call cost microseconds
REST = 0.003  # seconds between samples: threads that wait for work by spinning go to sleep


class Rival(Protocol):
    """Work that can be repeated: ``take(count)`` does it so often and returns when it is done."""

    def take(self, count: int) -> None: ...


class Work:
    """A rival made of a function that does the work once and returns when it is done.

    Or one ``part``-th of it, where the whole would take minutes.
    """

    def __init__(self, once: Callable[[], object], part: int = 1) -> None:
        self.once = once
        self.part = part

    def take(self, count: int) -> None:
        for _ in range(count):
            self.once()


def _seconds(rival: Rival, count: int) -> float:
    start = time.perf_counter()
    rival.take(count)
    return time.perf_counter() - start


def _enough(rival: Rival) -> int:
    """How often the work must be done for a sample to take `ENOUGH`."""
    rival.take(1)  # imports, compiles, allocates
    count = 1
    while (spent := _seconds(rival, count)) < ENOUGH:
        count = max(2 * count, int(count * ENOUGH / max(spent, 1e-9)))
    return count


def race(rivals: Mapping[str, Rival], rounds: int) -> dict[str, list[float]]:
    """Time all rivals in turns, in a new order each round: seconds per work, one per round."""
    counts = {name: _enough(rival) for name, rival in rivals.items()}
    order = random.Random(0)
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds):
        for name in order.sample(list(rivals), len(rivals)):
            time.sleep(REST)
            spent = _seconds(rivals[name], counts[name]) / counts[name]
            seconds[name].append(spent * getattr(rivals[name], "part", 1))
    return seconds


def ratio(ours: list[float], theirs: list[float]) -> tuple[float, float, float]:
    """The median of ours / theirs over the rounds, and its quartiles."""
    ratios = np.array(ours) / np.array(theirs)
    low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75))
    return float(middle), float(low), float(high)
