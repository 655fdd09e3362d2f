"""What a sample of a benchmark holds, which cost of several is clearly the least, and outliers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

import backends
from benchmarks._catalogue import STEPS
from reference import CASES

PER = {"updates": "an update", "trajectories": "a step", "sweeps": "a step of all members"}
ORDERED = 8  # from so many samples on asv's interval of the median lies between two of them
SAMPLES = 5  # fewer say too little about the next
APART = 1.25  # times of two processes differ by as much, though those within each hardly do
COUNTED = 1.01  # what is counted varies by less
UNLIKE = 5  # caches and threads bend the line of time against size by less


@dataclass(frozen=True)
class Cost:
    """A measured cost: the median of the samples, and an interval in which it lies.

    ``samples`` is 0 for a count, which is the same in every run.
    """

    value: float
    low: float
    high: float
    samples: int

    def clearly_below(self, other: "Cost") -> bool:
        """Whether this cost's interval lies below the other's by more than processes differ."""
        if not self.samples or not other.samples:
            return self.value * COUNTED < other.value
        enough = min(self.samples, other.samples) >= SAMPLES
        return enough and self.high * APART < other.low


def winner(costs: Sequence[Cost]) -> Cost | None:
    """The cost that is clearly below all others; None if there is none, or nothing to compare."""
    if len(costs) < 2:
        return None
    least, *others = sorted(costs, key=lambda cost: cost.value)
    return least if all(least.clearly_below(other) for other in others) else None


def excesses(times: Mapping[int, float]) -> dict[int, float]:
    """Each time divided by what the neighbours in size suggest; the largest size is left out.

    That is the straight line through both neighbours, for a call costs a constant and each
    parameter the same; of the smallest size it is the time of the next one.
    """
    sizes, found = sorted(times), {}
    for i, size in enumerate(sizes[:-1]):
        near = [*sizes[max(i - 1, 0) : i], sizes[i + 1]]
        found[size] = times[size] / float(np.interp(size, near, [times[n] for n in near]))
    return found


@cache
def _taken(case: str) -> int:
    """The steps of a case's run, which may stop before its last."""
    return backends.run(CASES[case]).steps


def steps(benchmark: str, values: Mapping[str, str]) -> int:
    """How many updates or steps a sample of a benchmark takes; 1 if that is not known."""
    kind, case = benchmark.split(".")[0], values.get("case")
    if kind == "updates":
        return {str(n): taken for n, taken in STEPS.items()}.get(values.get("n", ""), 1)
    return _taken(case) if kind in PER and case in CASES else 1


def per(benchmark: str) -> str:
    """The work that a benchmark's times are given for, such as "an update"; empty if unknown."""
    return PER.get(benchmark.split(".")[0], "")
