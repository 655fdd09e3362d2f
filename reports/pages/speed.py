"""Tables of each benchmark's newest results."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.read.timings import Timings
from reports.words import quantity


@dataclass(frozen=True)
class Number:
    """One result; ``spread`` is its interquartile range, ``least`` marks a row's smallest."""

    text: str
    value: float | str
    spread: str
    least: bool


@dataclass(frozen=True)
class Table:
    """The newest results of one benchmark on one machine; the columns are the targets."""

    title: str
    name: str
    unit: str
    machine: str
    commit: str
    names: list[str]
    columns: list[str]
    rows: list[tuple[tuple[str, ...], list[Number | None]]]
    data: pd.DataFrame

    @property
    def sheet(self) -> str:
        """The name of the file that holds ``data``."""
        return f"speed-{self.name}-{self.machine}"


def _number(row: Any, unit: str, least: float) -> Number | None:
    if row.failed:
        return Number("✗ failed", "", "", least=False)
    if math.isnan(row.value):
        return None
    low, high = (quantity(v, unit) for v in (row.low, row.high))
    spread = f"{low} to {high}" if low != high else ""
    return Number(quantity(row.value, unit), row.value, spread, row.value == least)


def _table(timings: Timings, machine: str, name: str, found: pd.DataFrame) -> Table:
    newest = found[found.date == found.date.max()]
    width = len(newest.params.iloc[0])
    names, unit = timings.names(name, width), timings.unit(name)
    across = names.index("target") if "target" in names else width - 1
    columns = list(dict.fromkeys(params[across] for params in newest.params))
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in newest.itertuples():
        key = tuple(p for i, p in enumerate(row.params) if i != across)
        rows.setdefault(key, {})[row.params[across]] = row
    shown = []
    for key, row in rows.items():
        least = min((r.value for r in row.values() if not math.isnan(r.value)), default=math.nan)
        cells = [_number(row[c], unit, least) if c in row else None for c in columns]
        shown += [(key, cells)] if any(cells) else []
    row_names = [n for i, n in enumerate(names) if i != across]
    commit = newest.commit.iloc[0]
    parameters = pd.DataFrame(newest.params.tolist(), columns=names, index=newest.index)
    data = parameters.join(newest[["commit", "value", "low", "high"]])
    return Table(timings.title(name), name, unit, machine, commit, row_names, columns, shown, data)


def tables(timings: Timings) -> list[Table]:
    """A table for every machine and benchmark that has parameters."""
    found = timings.frame[timings.frame.params.map(len) > 0]
    return [
        _table(timings, machine, name, part)
        for (machine, name), part in found.groupby(["machine", "benchmark"], sort=True)
    ]
