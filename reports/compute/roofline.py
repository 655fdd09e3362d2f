"""The roofline of large updates: bytes moved per second, as a share of what memory gives.

An update of many parameters computes little for each number that it moves, so memory bounds its
speed. It must read the gradient, and read and write the parameters and the state; whatever else it
moves lowers its share. Above a share of 1 memory is no bound: the arrays fit a cache, or the copy
that gave the limit moved more than is counted, for it may fetch what it overwrites.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._catalogue import LARGE
from benchmarks._workloads import DTYPE
from benchmarks.bandwidth import MOVED, N
from benchmarks.machine import last_cache, size
from reference import OPTIMIZERS
from reports.compute.samples import steps
from reports.read.races import Races
from reports.read.timings import Timings
from reports.words import counted

COPIES, UPDATES = "bandwidth.Bandwidth.time_move", "updates.Update.time_steps"
NAMES = ["optimizer", "parameters", "by", "run", "commit", "seconds", "bytes", "bytes / s", "share"]
NAMES += ["least share", "most share", "arrays", "last cache"]  # by the limit's interval; bytes
Row = tuple[str, int, str, str, str, float, int, float, float, float, float, int, int]


@dataclass(frozen=True)
class Limit:
    """The most bytes per second that memory gave a device of a machine at a commit.

    ``low`` and ``high`` are the ends of the interval of the time of the fastest copy, as bytes per
    second; nan if it has none. ``cache`` is the size of the machine's last cache, 0 if unknown.
    """

    rate: float
    low: float
    high: float
    samples: int
    commit: str
    cache: int = 0

    @property
    def cached(self) -> str:
        """That the two arrays of the copy fit the last cache, in words; empty if they do not."""
        return fits(2 * N * np.dtype(DTYPE).itemsize, self.cache)

    @property
    def words(self) -> str:
        """The rate with its interval, in GB/s."""
        spread = "one sample" if self.samples == 1 else counted(self.samples, "sample")
        if self.samples > 1 and math.isfinite(self.low + self.high):
            spread = f"{self.low / 1e9:.3g} to {self.high / 1e9:.3g} in {spread}"
        return f"{self.rate / 1e9:.3g} GB/s ({spread})"


def fits(held: int, cache: int) -> str:
    """That so many bytes fit a cache, in words; empty if they do not, or it is not known."""
    return f"{size(held)} fit the last cache of {size(cache)}" if held <= cache else ""


def above(share: float, least: float) -> bool:
    """Whether an update is faster than the limit, by its whole interval if it has one."""
    return (share if math.isnan(least) else least) > 1


def against(found: Mapping[str, Any]) -> str:
    """How a row's bytes per second stand to what memory gave, in words."""
    share, low, high = found["share"], found["least share"], found["most share"]
    if above(share, low):
        why = fits(int(found["arrays"]), int(found["last cache"]))
        words = "more than a copy or a sum reached, so memory does not bound it here"
        return f"{words} (its arrays of {why})" if why else words
    words = f"{100 * share:.0f} % of what memory gives"
    return f"{words} ({100 * low:.0f} to {100 * high:.0f} %)" if low < high else words


@cache
def arrays(optimizer: str) -> int:
    """How many arrays an update changes: the parameters, and those of the state."""
    spec = OPTIMIZERS[optimizer]
    state = spec.init(np.ones(2), spec.hyper())
    return 1 + sum(isinstance(each, np.ndarray) for each in state or ())


def moved(optimizer: str, n: int) -> int:
    """The bytes that an update of ``n`` parameters must move."""
    return int(n * np.dtype(DTYPE).itemsize * (2 * arrays(optimizer) + 1))


def held(optimizer: str, n: int) -> int:
    """The bytes of the arrays of ``n`` parameters: the gradient, the parameters and the state."""
    return int(n * np.dtype(DTYPE).itemsize * (arrays(optimizer) + 1))


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
        where, moves = (machine, values["target"].split(":")[1]), N * MOVED[values["work"]]
        low, high = (moves / end if end else math.nan for end in (row.high, row.low))
        samples = 1 if math.isnan(row.samples) else int(row.samples)
        last = _last_cache(timings, machine) if where[1] == "cpu" else 0
        each = Limit(moves / row.value, low, high, samples, row.commit, last)
        found[where] = max(found.get(where, each), each, key=lambda limit: limit.rate)
    return found


def _last_cache(timings: Timings, machine: str) -> int:
    """The bytes of a machine's last cache; 0 where it is not the one that measured last."""
    known = timings.conditions
    return last_cache(known.get("caches", "")) if known.get("machine") == machine else 0


def _by_asv(timings: Timings) -> Iterator[Row]:
    limits = memory(timings)
    for machine, (values, row) in _newest(timings, UPDATES, COPIES):
        optimizer, n, target = values["optimizer"], int(values["n"]), values["target"]
        if n < LARGE or optimizer not in OPTIMIZERS:
            continue
        limit = limits.get((machine, target.split(":")[1]))
        seconds, moves = row.value / steps(UPDATES, values), moved(optimizer, n)
        rate, run = moves / seconds, f"asv on {machine}"
        same = limit if limit and limit.commit == row.commit else None
        ends = (same.rate, same.high, same.low) if same else (math.nan,) * 3
        sizes = held(optimizer, n), same.cache if same else 0
        shares = (rate / end for end in ends)
        yield optimizer, n, target, run, row.commit, seconds, moves, rate, *shares, *sizes


def _by_races(races: Races) -> Iterator[Row]:
    """All that raced; the limit moves the same bytes and computes a sum."""
    for race in races.all:
        if race.n < LARGE or race.limit is None or race.optimizer not in OPTIMIZERS:
            continue
        moves, sizes = moved(race.optimizer, race.n), (held(race.optimizer, race.n), 0)
        everyone = {"ours": (race.seconds, 1.0)} | {
            name: (rival.seconds, rival.ratio) for name, rival in race.rivals.items()
        }
        for name, (seconds, ratio) in everyone.items():
            by, shares = f"{race.backend}, {name}", (ratio / race.limit.ratio, math.nan, math.nan)
            rate = moves / seconds
            yield race.optimizer, race.n, by, "the races", "", seconds, moves, rate, *shares, *sizes


def frame(timings: Timings, races: Races) -> pd.DataFrame:
    """A row for every large update, by every backend and peer."""
    rows = [*_by_asv(timings), *_by_races(races)]
    return pd.DataFrame(rows, columns=NAMES).sort_values(
        ["run", "optimizer", "parameters", "by"], kind="stable"
    )


def given(timings: Timings) -> dict[str, Limit]:
    """What memory gave, by machine and device in words."""
    return {f"{device} of {machine}": each for (machine, device), each in memory(timings).items()}
