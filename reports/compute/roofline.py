"""The roofline of large updates: bytes moved per second, as a share of what memory gives.

An update of many parameters computes little for each number that it moves, so memory bounds its
speed. It must read the gradient, and read and write the parameters and the state; whatever else it
moves lowers its share.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
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
from reports.words import counted

COPIES, UPDATES = "bandwidth.Bandwidth.time_move", "updates.Update.time_steps"
NAMES = ["optimizer", "parameters", "by", "run", "commit", "seconds", "bytes", "bytes / s", "share"]
Row = tuple[str, int, str, str, str, float, int, float, float]


@dataclass(frozen=True)
class Limit:
    """The most bytes per second that memory gave a device of a machine at a commit.

    ``low`` and ``high`` are the ends of the interval of the time of the fastest copy, as bytes per
    second; nan if it has none.
    """

    rate: float
    low: float
    high: float
    samples: int
    commit: str

    @property
    def words(self) -> str:
        """The rate with its interval, in GB/s."""
        spread = "one sample" if self.samples == 1 else counted(self.samples, "sample")
        if self.samples > 1 and math.isfinite(self.low + self.high):
            spread = f"{self.low / 1e9:.3g} to {self.high / 1e9:.3g} in {spread}"
        return f"{self.rate / 1e9:.3g} GB/s ({spread})"


@cache
def arrays(optimizer: str) -> int:
    """How many arrays an update changes: the parameters, and those of the state."""
    spec = OPTIMIZERS[optimizer]
    state = spec.init(np.ones(2), spec.hyper())
    return 1 + sum(isinstance(each, np.ndarray) for each in state or ())


def moved(optimizer: str, n: int) -> int:
    """The bytes that an update of ``n`` parameters must move."""
    return int(n * np.dtype(DTYPE).itemsize * (2 * arrays(optimizer) + 1))


def _newest(timings: Timings, benchmark: str, beside: str = "") -> Iterator[tuple[str, Any]]:
    """Each machine's newest results of a benchmark that did not fail.

    With ``beside``, those of the newest commit that has this other benchmark, too, if there is one.
    """
    frame = timings.frame.dropna(subset="value")
    for machine, part in frame.groupby("machine", sort=True):
        found = part[part.benchmark == benchmark]
        both = found[found.commit.isin(part[part.benchmark == beside].commit)]
        chosen = both if len(both) else found
        for row in chosen[chosen.date == chosen.date.max()].itertuples():
            values = dict(zip(timings.names(benchmark, len(row.params)), row.params, strict=True))
            if "target" in values:
                yield str(machine), (values, row)


def memory(timings: Timings) -> dict[tuple[str, str], Limit]:
    """The most bytes per second that memory gave, by machine and device."""
    found: dict[tuple[str, str], Limit] = {}
    for machine, (values, row) in _newest(timings, COPIES, UPDATES):
        where, size = (machine, values["target"].split(":")[1]), N * MOVED[values["work"]]
        ends = (size / row.high if row.high else math.nan, size / row.low if row.low else math.nan)
        samples = 1 if math.isnan(row.samples) else int(row.samples)
        each = Limit(size / row.value, *ends, samples, row.commit)
        found[where] = max(found.get(where, each), each, key=lambda limit: limit.rate)
    return found


def _by_asv(timings: Timings) -> Iterator[Row]:
    limits = memory(timings)
    for machine, (values, row) in _newest(timings, UPDATES, COPIES):
        optimizer, n, target = values["optimizer"], int(values["n"]), values["target"]
        if n < LARGE or optimizer not in OPTIMIZERS:
            continue
        limit = limits.get((machine, target.split(":")[1]))
        seconds, size = row.value / steps(UPDATES, values), moved(optimizer, n)
        share = size / seconds / limit.rate if limit and limit.commit == row.commit else math.nan
        run = f"asv on {machine}"
        yield optimizer, n, target, run, row.commit, seconds, size, size / seconds, share


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
            yield race.optimizer, race.n, by, "the races", "", seconds, size, size / seconds, share


def frame(timings: Timings, races: Races) -> pd.DataFrame:
    """A row for every large update, by every backend and peer."""
    rows = [*_by_asv(timings), *_by_races(races)]
    return pd.DataFrame(rows, columns=NAMES).sort_values(
        ["run", "optimizer", "parameters", "by"], kind="stable"
    )


def given(timings: Timings) -> dict[str, Limit]:
    """What memory gave, by machine and device in words."""
    return {f"{device} of {machine}": each for (machine, device), each in memory(timings).items()}
