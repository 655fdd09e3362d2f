"""Tables of agreement: the largest ratio of error to bound in each group of cells."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.cells import OUTCOMES, AgreementCell, Cell, Compared, PairCell, PeerCell
from reports.read.results import Results, count, reasons
from reports.words import slug


@dataclass(frozen=True)
class Kind:
    """A kind of cell: title and claim, the fields that index its table, and why cells are empty.

    Without ``columns`` it is a list: a line for each row, which ends with its entry. So is shown
    what few columns have in common.
    """

    title: str
    claim: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    empty: str = ""


KINDS: Mapping[str, Kind] = {
    "agreement": Kind(
        "Every case against the 50-digit truth",
        "No point or value is further from the true trajectory than that trajectory's own growth "
        "of rounding errors allows. Derivatives are the target's own, automatic where it has them "
        "and otherwise formulas; the same case with the document's stands under Printed numbers, "
        "where its share may be another.",
        ("case", "optimizer", "problem"),
        ("target", "mode", "dtype"),
        "A dot was not run: in the mode that is not a target's default, JAX eager and torch "
        "compiled, one case of each optimizer runs, in its own dtype, for each takes seconds.",
    ),
    "pair": Kind(
        "Every optimizer on every problem",
        "The same, with defaults and for a few steps; each cell is the worst of all targets.",
        ("optimizer",),
        ("problem",),
        "A dot cannot be run: there the optimizer takes another number of parameters, or an "
        "inverse of which the problem has none.",
    ),
    "tape": Kind(
        "Every optimizer on given gradients",
        "Whatever its hyperparameters, no optimizer ends further from the true parameters than "
        "rounding allows: in the updater with few parameters and many, in every mode of a run, "
        "and in a sweep; each cell is the worst of all gradients and settings.",
        ("optimizer",),
        ("target", "way", "dtype"),
        "A dot was not run: many parameters, and the mode that is not a target's default, are "
        "tried on one target for each optimizer, and all on all by "
        "nox -s tests -- -m exhaustive.",
    ),
    "peer": Kind(
        "First-order optimizers against their peers",
        "On given gradients the updates are those of the peer, state included; each line is the "
        "worst of all dtypes.",
        ("optimizer", "ours", "peer", "target"),
        (),
    ),
    "derivative": Kind(
        "Derivatives",
        "Formulas, automatic differentiation and finite differences agree.",
        ("problem", "quantity"),
        ("target",),
    ),
}


UPRIGHT = 12  # columns whose heads fit a page of 76 rem side by side


@dataclass(frozen=True)
class Entry:
    """The worst cell of a group: outcome, error/bound, error in ulps, colour, and a note."""

    outcome: str
    ratio: str
    ulps: str
    heat: int
    note: str


@dataclass(frozen=True)
class Grid:
    """A table: for each row its id, its key and its entries; and why cells were skipped."""

    name: str
    kind: Kind
    columns: list[tuple[str, ...]]
    rows: list[tuple[str, tuple[str, ...], list[Entry | None]]]
    counts: dict[str, int]
    skips: list[tuple[str, int]]

    @property
    def upright(self) -> bool:
        """Whether its columns are so many that their heads must be vertical to fit a page."""
        return len(self.columns) > UPRIGHT


def short(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.2g}"


def share(ratio: float | None) -> str:
    """Format error / bound, with four digits where it exceeds 1."""
    return f"{ratio:.4g}" if ratio is not None and ratio > 1 else short(ratio)


def heat(ratio: float | None) -> int:
    """How full a cell's colour is, in percent of its bound."""
    return 0 if ratio is None or math.isnan(ratio) else round(100 * min(1.0, max(0.0, ratio)))


def _note(cell: Compared) -> str:
    """That a peer is known to differ, or how far each coordinate of a chaotic run is compared."""
    if isinstance(cell, PeerCell) and cell.strays:
        return "differs (known)"
    if not isinstance(cell, AgreementCell) or not cell.chaotic:
        return ""
    lost = [f"x{i} to row {h}" for i, h in enumerate(cell.horizon, start=1) if h < cell.rows]
    return f"chaotic, {', '.join(lost)}"


def severity(cell: Compared) -> tuple[int, float]:
    """Skipped, passed or failed, and how much of the bound the error is."""
    order = ("skipped", "passed", "failed")
    ratio = cell.ratio
    return order.index(cell.outcome), -1.0 if ratio is None or math.isnan(ratio) else ratio


def _entry(cells: list[Compared]) -> Entry | None:
    worst = max(cells, key=severity)
    if worst.outcome == "skipped":
        return None
    ulps = worst.ulps if isinstance(worst, (AgreementCell, PairCell)) else None
    shown = share(worst.ratio), short(ulps), heat(worst.ratio)
    return Entry(worst.outcome, *shown, _note(worst))


def _key(cell: Compared, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(vars(cell)[name]) for name in names)


def _id(name: str, row: tuple[str, ...]) -> str:
    return slug("-".join((name, *row)))


def row_id(cell: Compared) -> str:
    """The id of the row that shows a cell."""
    return _id(cell.kind, _key(cell, KINDS[cell.kind].rows))


def grid(results: Results, name: str) -> Grid:
    """The table of all cells of one kind."""
    kind, cells = KINDS[name], _cells(results, name)
    groups: dict[Any, list[Compared]] = defaultdict(list)
    for cell in cells:
        groups[_key(cell, kind.rows), _key(cell, kind.columns)].append(cell)
    entries = {key: _entry(group) for key, group in groups.items()}
    columns = sorted({column for (_, column), entry in entries.items() if entry is not None})
    rows = sorted({row for row, _ in entries})
    return Grid(
        name,
        kind,
        columns,
        [(_id(name, row), row, [entries.get((row, column)) for column in columns]) for row in rows],
        {outcome: count(cells, outcome) for outcome in OUTCOMES},
        reasons(cells, "skipped"),
    )


def _cells(results: Results, name: str) -> list[Compared]:
    return [cell for cell in results.cells if cell.kind == name and isinstance(cell, Compared)]


def grids(results: Results) -> list[Grid]:
    """A table for each kind that has cells."""
    return [grid(results, name) for name in KINDS if _cells(results, name)]


ELSEWHERE = {  # the kinds that have no table of agreement: the page that shows them
    "golden": ("Printed numbers", "goldens.html"),
    "planted": ("Check yours", "check.html#trust"),
    "arithmetic": ("Arithmetic", "arithmetic.html"),
    "other": ("Verdict", "index.html"),
}


def elsewhere(results: Results) -> list[tuple[str, str, str]]:
    """What the tables of agreement leave to other pages: page, link, and counts in words."""
    found = []
    for name, where in ELSEWHERE.items():
        cells = [cell for cell in results.cells if cell.kind == name]
        if cells:
            found.append((*where, counts(cells)))
    return found


def counts(cells: Iterable[Cell]) -> str:
    """How many cells passed, failed and were skipped; those outcomes that there are."""
    by = {outcome: count(cells, outcome) for outcome in OUTCOMES}
    return ", ".join(f"{number:,} {outcome}" for outcome, number in by.items() if number)


def shown(results: Results) -> str:
    """How many of all checks the tables of agreement show, by outcome, in words."""
    cells = [cell for cell in results.cells if cell.kind in KINDS]
    parts = [
        f"{count(cells, outcome):,} of the {results.count(outcome):,} that {were}"
        for outcome, were in zip(OUTCOMES, ("passed", "failed", "were skipped"), strict=True)
        if results.count(outcome)
    ]
    return " and ".join(parts)


def frame(results: Results, name: str) -> pd.DataFrame:
    """A row for each cell of one kind."""
    cells = _cells(results, name)
    return pd.DataFrame([{**vars(cell), "worst": str(cell.worst or "")} for cell in cells])
