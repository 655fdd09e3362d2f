"""Reader of a test session's results: damaged parts are named and left out."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from reference import GOLDENS
from reports.cells import AnyCell, Cell, GoldenCell, parse
from reports.typed import Unreadable
from reports.words import counted

C = TypeVar("C", bound=Cell)


@dataclass(frozen=True)
class Results:
    """The readable cells, and in ``left_out`` a sentence for each kind of unreadable one."""

    found: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    cells: list[AnyCell] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def commit(self) -> str:
        """The commit that was checked; empty if it is not known."""
        return self.environment.get("commit", "")

    def of(self, kind: type[C]) -> list[C]:
        """The cells of a class."""
        return [cell for cell in self.cells if isinstance(cell, kind)]

    def count(self, outcome: str) -> int:
        return count(self.cells, outcome)

    def reasons(self, outcome: str) -> list[tuple[str, int]]:
        """The reasons of the cells with this outcome, with counts, the most frequent first."""
        return reasons(self.cells, outcome)


def count(cells: Iterable[Cell], outcome: str) -> int:
    """How many cells have this outcome."""
    return sum(cell.outcome == outcome for cell in cells)


def reasons(cells: Iterable[Cell], outcome: str) -> list[tuple[str, int]]:
    """The first lines of the reasons, with counts, the most frequent first."""
    found = Counter(first_line(cell.reason) for cell in cells if cell.outcome == outcome)
    return found.most_common()


def first_line(reason: str, limit: int = 240) -> str:
    """A reason shortened to its first line."""
    line = next(iter(reason.strip().splitlines()), "no reason was recorded")
    return line if len(line) <= limit else f"{line[:limit]}…"


def _cell(data: Any) -> AnyCell | str:
    """The parsed cell, or why it cannot be shown."""
    try:
        cell = parse(data)
    except Unreadable as trouble:
        return str(trouble)
    if isinstance(cell, GoldenCell) and cell.golden not in GOLDENS:
        return "for goldens that this commit does not have"
    return cell


def read(folder: Path, name: str = "tests.json") -> Results:
    """Read a session's results from ``folder``."""
    path = folder / name
    if not path.exists():
        return Results()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return Results(left_out=[f"{name} is damaged: {error}"])
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        return Results(left_out=[f"{name} holds no list of cells"])
    cells = [_cell(each) for each in data["cells"]]
    troubles = Counter(trouble for trouble in cells if isinstance(trouble, str))
    environment = data.get("environment")
    known = environment.items() if isinstance(environment, dict) else ()
    return Results(
        found=True,
        environment={str(key): str(value) for key, value in known},
        cells=[cell for cell in cells if not isinstance(cell, str)],
        left_out=[f"{name}: {counted(n, 'cell')} {words}" for words, n in troubles.items()],
    )


def read_levels(folder: Path) -> dict[str, Results]:
    """The sessions that ``nox -s levels`` has left in ``folder``, by the level's name."""
    paths = sorted((folder / "levels").glob("*.json"))
    return {path.stem: read(folder, f"levels/{path.name}") for path in paths}
