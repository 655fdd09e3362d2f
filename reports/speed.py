"""Speed: each benchmark's newest results as a table, and how they moved from commit to commit."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import seaborn as sns

from reports.drawing import Drawn, Figure, axes
from reports.timings import Timings

SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


@dataclass(frozen=True)
class Number:
    """One result as text; ``spread`` is its middle half, ``least`` marks the smallest of a row."""

    text: str
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


def quantity(value: float, unit: str) -> str:
    """A value with its unit: times in the unit that suits them."""
    if math.isnan(value):
        return ""
    if unit != "seconds":
        return f"{value:.4g}"
    scale, name = next((s for s in SECONDS if abs(value) >= s[0]), SECONDS[-1])
    return f"{value / scale:.3g} {name}"


def _number(row: Any, unit: str, least: float) -> Number | None:
    if math.isnan(row.value):
        return None
    low, high = (quantity(v, unit) for v in (row.low, row.high))
    spread = f"{low} to {high}" if low != high else ""
    return Number(quantity(row.value, unit), spread, row.value == least)


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
    left = [n for i, n in enumerate(names) if i != across]
    commit = newest.commit.iloc[0]
    return Table(timings.title(name), name, unit, machine, commit, left, columns, shown)


def tables(timings: Timings) -> list[Table]:
    """A table for every machine and benchmark that has parameters."""
    found = timings.frame[timings.frame.params.map(len) > 0]
    return [
        _table(timings, machine, name, part)
        for (machine, name), part in found.groupby(["machine", "benchmark"], sort=True)
    ]


def relative(timings: Timings) -> pd.DataFrame:
    """Every value divided by the oldest one of the same machine, benchmark and parameters."""
    frame = timings.frame.dropna(subset="value").sort_values("date", kind="stable")
    first = frame.groupby(["machine", "benchmark", "params"]).value.transform("first")
    titles = frame.benchmark.map(timings.title)
    return frame.assign(relative=frame.value / first, benchmark=titles)[first > 0]


def commits(timings: Timings) -> list[dict[str, Any]]:
    """Every commit measured on a machine, the oldest first, with its median relative cost."""
    frame = relative(timings)
    found = []
    for (machine, _, commit), part in frame.groupby(["machine", "date", "commit"], sort=True):
        medians = part.groupby("benchmark").relative.median().to_dict()
        found.append({"machine": machine, "commit": commit, "medians": medians})
    return found


def _history(machine: str, frame: pd.DataFrame) -> Drawn:
    frame = frame.sort_values("date", kind="stable")
    target = frame.params.map(lambda params: next((p for p in params if ":" in p), "all"))
    shown = frame.assign(target=target, commit=frame.commit.str[:8])
    groups = list(shown.groupby("benchmark", sort=True))
    figure, panels = axes(5.2, 2.2 * len(groups), nrows=len(groups), sharex=True, squeeze=False)
    look = {"hue": "target", "style": "target", "markers": True, "dashes": False}
    for ax, (name, part) in zip(panels[:, 0], groups, strict=True):
        sns.lineplot(
            part, x="commit", y="relative", ax=ax, estimator="median", errorbar=None, **look
        )
        ax.set(title=name, xlabel="", ylabel="relative cost")
    figure.autofmt_xdate(rotation=45)
    count = shown.commit.nunique()
    return figure, f"Relative cost at {count} commits, the oldest 1; the table has the numbers."


def history(timings: Timings) -> list[Figure]:
    """A figure for every machine that measured more than one commit."""
    return [
        Figure(
            f"history_{index}",
            (),
            "",
            f"From commit to commit on {machine}",
            "The median over all parameters of the cost, divided by that at the oldest commit.",
            partial(_history, machine, part),
        )
        for index, (machine, part) in enumerate(relative(timings).groupby("machine", sort=True))
        if part.commit.nunique() > 1
    ]
