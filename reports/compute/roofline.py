"""The roofline of large updates: bytes moved per second, as a share of what memory gives.

An update of many parameters computes little for each number that it moves, so memory bounds its
speed. It must read the gradient, and read and write the parameters and the state; whatever else it
moves lowers its share.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._catalogue import LARGE
from benchmarks._workloads import DTYPE
from benchmarks.bandwidth import MOVED, N
from reference import OPTIMIZERS
from reports.compute.samples import steps
from reports.read.races import Races
from reports.read.timings import Timings

COPIES, UPDATES = "bandwidth.Bandwidth.time_move", "updates.Update.time_steps"
NAMES = ["optimizer", "parameters", "by", "run", "seconds", "bytes", "bytes / s", "share"]
Row = tuple[str, int, str, str, float, int, float, float]


@cache
def arrays(optimizer: str) -> int:
    """How many arrays an update changes: the parameters, and those of the state."""
    spec = OPTIMIZERS[optimizer]
    state = spec.init(np.ones(2), spec.hyper())
    return 1 + sum(isinstance(each, np.ndarray) for each in state or ())


def moved(optimizer: str, n: int) -> int:
    """The bytes that an update of ``n`` parameters must move."""
    return int(n * np.dtype(DTYPE).itemsize * (2 * arrays(optimizer) + 1))


def _newest(timings: Timings, benchmark: str) -> Iterator[tuple[str, Any]]:
    """Each machine's newest results of a benchmark that did not fail."""
    found = timings.frame[timings.frame.benchmark == benchmark].dropna(subset="value")
    for machine, part in found.groupby("machine", sort=True):
        for row in part[part.date == part.date.max()].itertuples():
            values = dict(zip(timings.names(benchmark, len(row.params)), row.params, strict=True))
            if "target" in values:
                yield machine, (values, row.value)


def memory(timings: Timings) -> dict[tuple[str, str], float]:
    """The most bytes per second that memory gave, by machine and device."""
    found: dict[tuple[str, str], float] = {}
    for machine, (values, seconds) in _newest(timings, COPIES):
        where = machine, values["target"].split(":")[1]
        found[where] = max(found.get(where, 0.0), N * MOVED[values["work"]] / seconds)
    return found


def _by_asv(timings: Timings) -> Iterator[Row]:
    given = memory(timings)
    for machine, (values, sample) in _newest(timings, UPDATES):
        optimizer, n, target = values["optimizer"], int(values["n"]), values["target"]
        most = given.get((machine, target.split(":")[1]))
        if n >= LARGE and most and optimizer in OPTIMIZERS:
            seconds = sample / steps(UPDATES, values)
            rate = moved(optimizer, n) / seconds
            run = f"asv on {machine}"
            yield optimizer, n, target, run, seconds, moved(optimizer, n), rate, rate / most


def _by_races(races: Races) -> Iterator[Row]:
    """All that raced; the limit moves the same bytes and computes a sum."""
    for race in races.all:
        if race.n < LARGE or race.limit is None or race.optimizer not in OPTIMIZERS:
            continue
        size = moved(race.optimizer, race.n)
        everyone = {"ours": (race.seconds, 1.0)} | {
            name: (rival.seconds, rival.ratio) for name, rival in race.rivals.items()
        }
        for name, (seconds, ratio) in everyone.items():
            by, share = f"{race.backend}, {name}", ratio / race.limit.ratio
            yield race.optimizer, race.n, by, "the races", seconds, size, size / seconds, share


def frame(timings: Timings, races: Races) -> pd.DataFrame:
    """A row for every large update, by every backend and peer."""
    rows = [*_by_asv(timings), *_by_races(races)]
    return pd.DataFrame(rows, columns=NAMES).sort_values(
        ["run", "optimizer", "parameters", "by"], kind="stable"
    )


def given(timings: Timings) -> dict[str, str]:
    """What memory gave in words, by machine and device."""
    return {
        f"{device} of {machine}": f"{rate / 1e9:.3g} GB/s"
        for (machine, device), rate in memory(timings).items()
    }
