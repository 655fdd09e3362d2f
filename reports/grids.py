"""Agreement as tables: the worst error of each group of cells, against what rounding allows."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reports.results import OUTCOMES, Results, first_line


@dataclass(frozen=True)
class Kind:
    """What a kind of cell claims, and by which of its keys its table is laid out."""

    title: str
    claim: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]


KINDS: Mapping[str, Kind] = {
    "agreement": Kind(
        "Every case against the 50-digit truth",
        "No point or value is further from the true trajectory than that trajectory's own growth "
        "of rounding errors allows.",
        ("case", "optimizer", "problem"),
        ("target", "mode", "dtype"),
    ),
    "pair": Kind(
        "Every optimizer on every problem",
        "The same, with defaults and for a few steps; each cell is the worst of all targets.",
        ("optimizer",),
        ("problem",),
    ),
    "peer": Kind(
        "First-order optimizers against their peers",
        "On random gradients the updates are those of torch.optim and optax, state included.",
        ("optimizer",),
        ("peer", "target"),
    ),
    "derivative": Kind(
        "Derivatives",
        "Formulas, automatic differentiation and finite differences agree.",
        ("problem", "quantity"),
        ("target",),
    ),
}


@dataclass(frozen=True)
class Entry:
    """The worst cell of a group: its outcome, error/bound, units in the last place, and horizon."""

    outcome: str
    ratio: str
    ulps: str
    heat: int
    horizon: str


@dataclass(frozen=True)
class Grid:
    """A table, with its failures and skips told apart by reason."""

    name: str
    kind: Kind
    columns: list[tuple[str, ...]]
    rows: list[tuple[tuple[str, ...], list[Entry | None]]]
    counts: dict[str, int]
    failures: list[tuple[str, str]]
    skips: list[tuple[str, int]]


def number(value: Any) -> float:
    """A number from JSON; nan where there is none."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if known else math.nan


def short(value: Any) -> str:
    found = number(value)
    return "" if math.isnan(found) else f"{found:.2g}"


def _horizon(cell: dict[str, Any]) -> str:
    """Where each coordinate of a chaotic run stops being comparable."""
    horizon, rows = cell.get("horizon"), cell.get("rows")
    if not cell.get("chaotic") or not isinstance(horizon, list) or not isinstance(rows, int):
        return ""
    lost = [f"x{i} to row {h}" for i, h in enumerate(horizon, start=1) if h < rows]
    return f"chaotic, {', '.join(lost)}"


def _badness(cell: dict[str, Any]) -> tuple[int, float]:
    ratio = number(cell.get("ratio"))
    order = ("skipped", "passed", "failed")
    return order.index(cell["outcome"]), -1.0 if math.isnan(ratio) else ratio


def _entry(cells: list[dict[str, Any]]) -> Entry | None:
    worst = max(cells, key=_badness)
    if worst["outcome"] == "skipped":
        return None
    ratio = number(worst.get("ratio"))
    heat = 0 if math.isnan(ratio) else round(100 * min(1.0, max(0.0, ratio)))
    told = f"{ratio:.4g}" if ratio > 1 else short(ratio)
    return Entry(worst["outcome"], told, short(worst.get("ulps")), heat, _horizon(worst))


def _key(cell: dict[str, Any], names: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(cell.get(name, "")) for name in names)


def grid(results: Results, name: str) -> Grid:
    """Lay out all cells of one kind."""
    kind, cells = KINDS[name], results.of(name)
    groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for cell in cells:
        groups[_key(cell, kind.rows), _key(cell, kind.columns)].append(cell)
    entries = {key: _entry(group) for key, group in groups.items()}
    columns = sorted({column for (_, column), entry in entries.items() if entry is not None})
    rows = sorted({row for row, _ in entries})
    failed = [c for c in cells if c["outcome"] == "failed"]
    skipped = [c for c in cells if c["outcome"] == "skipped"]
    return Grid(
        name,
        kind,
        columns,
        [(row, [entries.get((row, column)) for column in columns]) for row in rows],
        {outcome: sum(c["outcome"] == outcome for c in cells) for outcome in OUTCOMES},
        [
            (", ".join(_key(c, kind.rows + kind.columns)), first_line(c.get("reason")))
            for c in failed
        ],
        Counter(first_line(c.get("reason")) for c in skipped).most_common(),
    )


def grids(results: Results) -> list[Grid]:
    return [grid(results, name) for name in KINDS if results.of(name)]
