"""Tables of each benchmark's newest results."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from reports.compute.history import SHORT, between
from reports.compute.samples import UNLIKE, Cost, excesses, per, steps, winner
from reports.read.timings import Timings
from reports.words import counted, quantity, slug

TARGET = "target"
APART_WORDS = (
    "Its interval lies below all others, by more than two processes of one program usually differ"
)


@dataclass(frozen=True)
class Number:
    """One result; ``spread`` is its interval and how often it was measured.

    ``unlike`` says how far a time is from those of its neighbours in size, if it is an outlier.
    """

    text: str
    value: float | str
    spread: str = ""
    best: bool = False
    unlike: str = ""


@dataclass(frozen=True)
class Lead:
    """The target with the least cost of a row, against the next one.

    ``ratio`` is the next one's cost divided by the least, ``clear`` whether its interval lies
    clearly below all others. ``equal`` are all targets with the least cost, if there are several;
    ``single`` says that each cost is one sample.
    """

    target: str
    cost: str
    ratio: float
    next: str
    clear: bool
    equal: tuple[str, ...] = ()
    single: bool = False

    @property
    def margin(self) -> str:
        """By how much it is the least, and whether that is clear, in words."""
        if self.equal:
            return ", ".join(self.equal)
        clear = "clear" if self.clear else "one sample each" if self.single else "not clear"
        return (
            f"by {self.ratio:.3g}\N{MULTIPLICATION SIGN}, {clear}"
            if math.isfinite(self.ratio)
            else clear
        )

    @property
    def story(self) -> str:
        if self.equal:
            return f"{' and '.join(self.equal)}, equal with {self.cost}"
        seen = APART_WORDS if self.clear else "That is not clear: another run may differ"
        after = f"{self.next} takes {self.ratio:.3g} times as much"
        return f"{self.target}, with {self.cost}; {after}. {seen}"


@dataclass(frozen=True)
class Row:
    """A row's parameters, its results in the order of the columns, and which is the least."""

    key: tuple[str, ...]
    cells: list[Number | None]
    lead: Lead | None


@dataclass(frozen=True)
class Table:
    """The newest results of one benchmark on one machine; ``date`` is that of their commit.

    ``across`` is the parameter that has the columns: the target, or else the last one.
    """

    title: str
    name: str
    unit: str
    machine: str
    commit: str
    date: datetime
    names: list[str]
    across: str
    columns: list[str]
    rows: list[Row]
    data: pd.DataFrame

    @property
    def sheet(self) -> str:
        """The name of the file that holds ``data``."""
        return f"speed-{self.name}-{self.machine}"

    @property
    def each(self) -> str:
        """What a cell is, in words."""
        if self.unit not in ("", "seconds"):
            return f"values in {self.unit}"
        return f"time of {per(self.name)}" if per(self.name) else "time"

    @property
    def marked(self) -> int:
        """How many times are unlike those of their neighbours in size."""
        return sum(
            cell is not None and bool(cell.unlike) for row in self.rows for cell in row.cells
        )

    @property
    def called(self) -> str:
        """In how many rows a winner is called, among those with targets to compare."""
        if self.across != TARGET:
            return ""
        leads = [row.lead for row in self.rows if row.lead]
        won = sum(lead.clear for lead in leads)
        return f": the least is clear in {won} of {counted(len(leads), 'row')}"

    @property
    def leads(self) -> bool:
        """Whether targets are compared in any row."""
        return any(row.lead for row in self.rows)

    def anchor(self, row: Row) -> str:
        """The HTML id of a row."""
        return slug(f"{self.sheet}-{'-'.join(row.key)}")


def _spread(cost: Cost, unit: str) -> str:
    if not cost.samples:
        return ""
    if cost.samples == 1:
        return "one sample"
    return f"{quantity(cost.low, unit)} to {quantity(cost.high, unit)}, {cost.samples} samples"


def _cost(row: pd.Series) -> Cost:
    return Cost(row.value, row.low, row.high, int(row.samples))


def _number(row: pd.Series, unit: str, best: bool) -> Number | None:
    if row.failed:
        return Number("✗ failed", "")
    if math.isnan(row.value):
        return None
    cost = _cost(row)
    unlike = f"{row.excess:.0f} times its neighbours" if row.excess > UNLIKE else ""
    return Number(quantity(cost.value, unit), cost.value, _spread(cost, unit), best, unlike)


def _scaled(newest: pd.DataFrame, names: list[str], name: str, unit: str) -> pd.DataFrame:
    """The results with their parameters as columns, times divided by the steps of a sample."""
    parameters = pd.DataFrame(newest.params.tolist(), columns=names, index=newest.index)
    frame = newest[["commit", "value", "low", "high", "samples", "failed"]].copy()
    taken = [steps(name, values) for values in parameters.to_dict("records")]
    frame[["value", "low", "high"]] = frame[["value", "low", "high"]].div(taken, axis=0)
    frame["low"] = frame.low.clip(lower=0)  # asv's interval of few samples may reach below
    timed = unit in ("", "seconds")
    frame["samples"] = frame.samples.fillna(1 if timed else 0)
    frame = parameters.join(frame)
    return frame.assign(steps=taken, excess=_excess(frame, parameters) if timed else math.nan)


def _excess(frame: pd.DataFrame, parameters: pd.DataFrame) -> pd.Series:
    """For each time of work on ``n`` parameters, how far it is above its neighbours in size."""
    found = pd.Series(math.nan, frame.index)
    if "n" not in parameters or not parameters.n.str.isdigit().all():
        return found
    others = [name for name in parameters if name != "n"]
    for _, part in frame.dropna(subset="value").groupby(others):
        times = dict(zip(part.n.astype(int), part.value, strict=True))
        found[part.index] = part.n.astype(int).map(excesses(times))
    return found


def _lead(part: pd.DataFrame, unit: str) -> Lead | None:
    """The least of a row; not clear if one of its times is an outlier, None if it is alone."""
    usable = part[~part.failed.astype(bool) & part.value.notna()].sort_values(
        "value", kind="stable"
    )
    if len(usable) < 2:
        return None
    costs = [_cost(row) for _, row in usable.iterrows()]
    clear = winner(costs) is not None and not (usable.excess > UNLIKE).any()
    (least, after), ratio = usable[TARGET].iloc[:2], costs[1].value / (costs[0].value or math.nan)
    same = tuple(usable[TARGET][usable.value == costs[0].value])
    equal = same if len(same) > 1 else ()
    single = all(cost.samples == 1 for cost in costs)
    return Lead(least, quantity(costs[0].value, unit), ratio, after, clear, equal, single)


def _rows(frame: pd.DataFrame, keys: list[str], across: str, unit: str) -> Iterator[Row]:
    """A row for every set of parameters but ``across``, which names the columns."""
    columns = frame[across].unique()
    for key, part in frame.groupby(keys, sort=False) if keys else [((), frame)]:
        lead = _lead(part, unit) if across == TARGET else None
        best = lead.target if lead and lead.clear else None
        found = {row[across]: _number(row, unit, row[across] == best) for _, row in part.iterrows()}
        if any(found.values()):
            yield Row(tuple(key), [found.get(column) for column in columns], lead)


def _table(timings: Timings, machine: str, name: str, found: pd.DataFrame) -> Table:
    newest = found[found.date == found.date.max()]
    names, unit = timings.names(name, len(newest.params.iloc[0])), timings.unit(name)
    across = TARGET if TARGET in names else names[-1]
    keys = [each for each in names if each != across]
    frame = _scaled(newest, names, name, unit)
    rows = list(_rows(frame, keys, across, unit))
    columns = list(frame[across].unique())
    data, title, commit = frame.drop(columns="failed"), timings.title(name), newest.commit.iloc[0]
    date = datetime.fromtimestamp(newest.date.iloc[0] / 1000, UTC)
    return Table(title, name, unit, machine, commit, date, keys, across, columns, rows, data)


def tables(timings: Timings) -> list[Table]:
    """A table for every machine and benchmark that has parameters, times before other costs."""
    found = timings.frame[timings.frame.params.map(len) > 0]
    every = [
        _table(timings, machine, name, part)
        for (machine, name), part in found.groupby(["machine", "benchmark"], sort=True)
    ]
    return sorted(every, key=lambda table: table.unit != "seconds")


def sources(tables: Sequence[Table], checked: str) -> str:
    """Of which commits the times are, the newest first, and how each stands to the checked one."""
    commits = dict.fromkeys((table.date, table.commit) for table in tables)
    told = []
    for date, commit in sorted(commits, reverse=True):
        stands = _stands(commit, checked)
        told.append(f"{commit[:SHORT]} ({date:%Y-%m-%d}{f', {stands}' if stands else ''})")
    return f"Times from {' and '.join(told)}." if told else ""


def _stands(commit: str, checked: str) -> str:
    """How a commit stands to the one of the checks; empty if that cannot be told."""
    match between(commit, checked):
        case None:
            return ""
        case 0, 0:
            return "the commit of the checks"
        case 0, since:
            return f"{counted(since, 'commit')} before the checks"
        case ahead, 0:
            return f"{counted(ahead, 'commit')} after the checks"
    return "on another branch than the checks"
