"""The test session's results, read leniently: what is damaged is named and left out."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reference import GOLDENS

OUTCOMES = ("passed", "failed", "skipped")
NEEDED = {  # what a cell of each kind must say to be shown
    "golden": {"golden", "target", "mode", "dtype"},
    "agreement": {"case", "optimizer", "problem", "target", "mode", "dtype"},
    "pair": {"optimizer", "problem", "target"},
    "peer": {"optimizer", "peer", "target"},
    "derivative": {"problem", "quantity", "target"},
}


@dataclass(frozen=True)
class Results:
    """The cells that can be shown, and ``left_out``: sentences on what cannot."""

    found: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    seconds: float | None = None
    cells: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [cell for cell in self.cells if cell["kind"] == kind]

    def count(self, outcome: str) -> int:
        return sum(cell["outcome"] == outcome for cell in self.cells)

    def reasons(self, outcome: str) -> list[tuple[str, int]]:
        """The reasons of this outcome, shortened to a line, the most frequent first."""
        cells = [cell for cell in self.cells if cell["outcome"] == outcome]
        return Counter(first_line(cell.get("reason")) for cell in cells).most_common()


def first_line(reason: Any, limit: int = 240) -> str:
    line = next(iter(str(reason or "").strip().splitlines()), "no reason was recorded")
    return line if len(line) <= limit else f"{line[:limit]}…"


def _trouble(cell: Any) -> str | None:
    """Why a cell cannot be shown, or None."""
    if not isinstance(cell, dict) or cell.get("outcome") not in OUTCOMES:
        return "without a known outcome"
    kind = cell.get("kind")
    if kind not in NEEDED:
        return f"of the unknown kind {kind!r}"
    absent = sorted(name for name in NEEDED[kind] if not isinstance(cell.get(name), str))
    if absent:
        return f"of kind {kind} without {', '.join(absent)}"
    if kind == "golden" and cell["golden"] not in GOLDENS:
        return "for goldens that this commit does not have"
    return None


def read(folder: Path) -> Results:
    """Read ``tests.json`` from ``folder``."""
    path = folder / "tests.json"
    if not path.exists():
        return Results()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return Results(left_out=[f"{path.name} is damaged: {error}"])
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        return Results(left_out=[f"{path.name} holds no list of cells"])
    troubles = [_trouble(cell) for cell in data["cells"]]
    kept = [c for c, trouble in zip(data["cells"], troubles, strict=True) if trouble is None]
    environment, summary = data.get("environment"), data.get("summary")
    return Results(
        found=True,
        environment=environment if isinstance(environment, dict) else {},
        seconds=summary.get("seconds") if isinstance(summary, dict) else None,
        cells=kept,
        left_out=[f"{path.name}: {n} cells {t}" for t, n in Counter(troubles).items() if t],
    )
