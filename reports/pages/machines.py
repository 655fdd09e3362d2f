"""Machines side by side: what each is, what it printed, and its times; nothing is averaged."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from reports.cells import GoldenCell
from reports.compute.goldens import collect
from reports.pages.levels import settings
from reports.pages.verdict import goldens
from reports.read.machines import Machine
from reports.read.races import Race
from reports.read.recorded import Recorded
from reports.read.timings import Timings
from reports.words import quantity

VERSIONS = ("python", "numpy", "jax", "torch")
Key = tuple[str, ...]


def overview(machines: Sequence[Machine]) -> pd.DataFrame:
    """A row for every machine and environment with results of tests or races."""
    return pd.DataFrame([_row(each) for each in machines if each.environment])


def _row(each: Machine) -> dict[str, str]:
    told, tested = each.environment, each.tested
    what = (told.get("processor"), f"{told.get('cores', '?')} cores", told.get("memory"))
    ran = sorted({cell.target for cell in tested.cells if cell.outcome != "skipped"} - {""})
    counts = (f"{tested.count(o):,} {o}" for o in ("passed", "failed", "skipped"))
    matched = goldens(collect(tested, Recorded())).words.partition(";")[0]
    return {
        "machine": each.name,
        "what it is": ", ".join(filter(None, what)),
        "versions": ", ".join(f"{name} {told[name]}" for name in VERSIONS if name in told),
        "devices": ", ".join(ran),
        "set": settings(told),
        "commit": str(told.get("commit", ""))[:8],
        "date": told.get("date", ""),
        "checks": ", ".join(counts) if tested.found else "not run",
        "texts": matched if tested.found else "not run",
    }


def _beside(columns: dict[str, dict[Key, str]], names: list[str], unlike: bool) -> pd.DataFrame:
    """A row for each key that several machines have, and a column for each machine."""
    keys = dict.fromkeys(key for found in columns.values() for key in found)
    rows = []
    for key in keys:
        told = [found.get(key, "") for found in columns.values()]
        known = [words for words in told if words]
        if len(known) > 1 and not (unlike and len(set(known)) == 1):
            rows.append((*key, *told))
    return pd.DataFrame(rows, columns=[*names, *columns])


def digits(machines: Sequence[Machine]) -> pd.DataFrame:
    """The goldens that two machines print otherwise, in the same arithmetic."""
    columns: dict[str, dict[Key, str]] = {
        each.name: {
            (c.golden, c.target, c.dtype, c.mode): c.text
            for c in each.tested.of(GoldenCell)
            if c.text is not None
        }
        for each in machines
        if each.tested.found
    }
    return _beside(columns, ["golden", "target", "dtype", "mode"], unlike=True)


def races(machines: Sequence[Machine]) -> pd.DataFrame:
    """Our time, and that divided by the best peer's, of each race that several machines ran."""
    columns: dict[str, dict[Key, str]] = {
        each.name: {(r.work, r.backend, r.what): _raced(r) for r in each.raced.all}
        for each in machines
        if each.raced.all
    }
    return _beside(columns, ["work", "backend", "what"], unlike=False)


def _raced(race: Race) -> str:
    if race.best is None:
        return race.ours
    rival = race.rivals[race.best]
    return f"{race.ours}, {rival.ratio:.2f} of {race.best} ({rival.low:.2f} to {rival.high:.2f})"


def times(timed: Timings) -> pd.DataFrame:
    """asv's newest results that several machines have: the median and its 99 % interval."""
    last = timed.frame.groupby(["machine", "benchmark"]).date.transform("max")
    newest = timed.frame[timed.frame.date == last].dropna(subset="value")
    columns: dict[str, dict[Key, str]] = {}
    for row in newest.itertuples():
        told = columns.setdefault(row.machine, {})
        told[timed.title(row.benchmark), ", ".join(row.params)] = _timed(row, timed.unit)
    return _beside(columns, ["benchmark", "parameters"], unlike=False)


def _timed(row: Any, unit: Callable[[str], str]) -> str:
    said = quantity(row.value, unit(row.benchmark))
    if row.low != row.low or row.low == row.high:
        return said
    ends = (quantity(end, unit(row.benchmark)) for end in (max(row.low, 0.0), row.high))
    return f"{said} ({' to '.join(ends)})"
