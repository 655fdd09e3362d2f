"""Tables of each function's rounding error on each target, beside the error allowed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from backends.measuring import Measured
from reference.allowances import ALLOWED, accumulated
from reference.operations import OPERATIONS
from reports.cells import ArithmeticCell
from reports.read.results import Results

REGIMES = {
    "ordinary": "Ordinary arguments, from 0.1 to 10",
    "huge": "Huge arguments, to where results overflow",
    "tiny": "Tiny arguments, to where results underflow",
    "subnormal": "Subnormal arguments or results",
}
WORDS = ("operation", "regime", "at_once")
NUMBERS = ("results", "misrounded", "flushed", "error", "allowed")
WORST = ("arguments", "got", "nearest")  # of the result with the largest error
COLUMNS = ("target", "dtype", *WORDS, *NUMBERS, *WORST)


@dataclass(frozen=True)
class Session:
    """The arithmetic cells of one test session: of this machine, or of ``nox -s levels``."""

    results: Results

    @cached_property
    def cells(self) -> list[ArithmeticCell]:
        return [cell for cell in self.results.of(ArithmeticCell) if cell.outcome != "skipped"]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row for each target, dtype, operation, regime, and for scalars or arrays."""
        found = [(cell.target, cell.dtype, *_row(m)) for cell in self.cells for m in cell.measured]
        return pd.DataFrame(found, columns=COLUMNS)

    @cached_property
    def facts(self) -> dict[tuple[str, str, str], str]:
        """Whether operations are fused and subnormals kept, by (fact, target, dtype)."""
        return {key: words for cell in self.cells for key, words in _facts(cell)}


def _row(measured: Measured) -> tuple[Any, ...]:
    known = vars(measured)
    worst = " ".join(map(str, measured.arguments)), str(measured.got), str(measured.nearest)
    return *(known[name] for name in (*WORDS, *NUMBERS)), *worst


def _facts(cell: ArithmeticCell) -> Iterator[tuple[tuple[str, str, str], str]]:
    where = cell.target, cell.dtype
    for count, fused in cell.fused.items():
        words = {True: "one", False: "two", None: "neither one nor two"}[fused]
        yield (f"roundings of x - lr g in an updater, {count} parameters", *where), words
    for count, kept in cell.subnormals.items():
        for what, is_kept in vars(kept).items():
            words = "kept" if is_kept else "taken for zero"
            told = "one at a time" if count == "one" else f"{count} at once"
            yield (f"subnormal {what}, {told}", *where), words


@dataclass(frozen=True)
class Entry:
    """An operation's errors on one target: on arrays, and in ``alone`` on one number at a time."""

    share: str
    error: str
    alone: str
    flushed: str
    value: float
    heat: int
    exceeds: bool


@dataclass(frozen=True)
class Table:
    """All operations in one regime of arguments; the columns are targets and dtypes."""

    regime: str
    title: str
    columns: list[tuple[str, str]]
    rows: list[tuple[str, str, list[Entry | None]]]


def allowed(operation: str) -> str:
    """The error that an operation is allowed, in units in the last place."""
    known = OPERATIONS.get(operation)
    if known is None:
        return ""
    result = f"{accumulated(known.roundings, known.allowance.ulps):.3g}"
    argument = known.allowance.argument
    return f"{result}, and {argument:g} of the argument" if argument else result


def percent(share: float) -> str:
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    return "< 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"


def units(error: float) -> str:
    return f"{error:.2f}" if error < 10 else f"{error:.3g}"


def _entry(rows: pd.DataFrame) -> Entry | None:
    """A table entry for one operation, regime, target and dtype; None without array results."""
    by = {row.at_once: row for row in rows.itertuples()}
    if "many" not in by:
        return None
    many, one = by["many"], by.get("one")
    correct = not any(row.misrounded for row in by.values())
    ratios = [row.error / row.allowed for row in by.values() if row.allowed > 0]
    worst = max((r for r in ratios if not math.isnan(r)), default=0.0)
    return Entry(
        percent(many.misrounded),
        units(many.error),
        "" if one is None or correct else f"{percent(one.misrounded)}, {units(one.error)}",
        percent(many.flushed) if many.flushed else "",
        many.misrounded,
        0 if correct else round(100 * min(1.0, worst)),
        exceeds=worst > 1,
    )


def tables(session: Session) -> list[Table]:
    """A table for each regime that was measured, with operations in the order measured."""
    found = []
    for regime, title in REGIMES.items():
        rows = session.frame[session.frame.regime == regime]
        columns = sorted(set(zip(rows.target, rows.dtype, strict=True)))
        groups = {key: _entry(part) for key, part in rows.groupby(["operation", "target", "dtype"])}
        body = [
            (name, allowed(name), [groups.get((name, *column)) for column in columns])
            for name in rows.operation.unique()
        ]
        if body:
            found.append(Table(regime, title, columns, body))
    return found


def summary(session: Session) -> str:
    """How many operations are correctly rounded, and which exceed what they are allowed."""
    frame = session.frame
    if frame.empty:
        return ""
    ordinary = frame[(frame.regime == "ordinary")]
    correct = ordinary.groupby("operation").misrounded.max() == 0
    exceeding = frame[frame.error > frame.allowed]
    words = (
        f"{correct.sum()} of {len(correct)} operations are correctly rounded on every target here, "
    )
    words += "for ordinary arguments. "
    if exceeding.empty:
        return f"{words}None is further off than the bound of a run takes it to be."
    names = ", ".join(sorted(exceeding.operation.unique()))
    return f"{words}Further off than the bound of a run takes them to be: {names}."


def reasons() -> pd.DataFrame:
    """The error that each function is allowed, and why."""
    rows = [(name, a.ulps, a.argument or math.nan, a.why) for name, a in ALLOWED.items()]
    return pd.DataFrame(rows, columns=["function", "units", "of the argument", "why"])


def facts(session: Session) -> pd.DataFrame:
    """A row for each fact of `Session.facts`, a column for each target and dtype."""
    found: dict[str, dict[str, str]] = {}
    for (what, target, dtype), words in session.facts.items():
        found.setdefault(what, {})[f"{target} {dtype}"] = words
    table = pd.DataFrame.from_dict(found, orient="index").fillna("")
    return table.sort_index(axis=1).rename_axis("what").reset_index()
