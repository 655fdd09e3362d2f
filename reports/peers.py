"""Ours against its peers and the machine's limit, from the races of ``nox -s peers``."""

import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reports.speed import quantity

WORKS = {
    "update": "One update, the gradient given",
    "trajectory": "A thousand Adam steps on two parameters, gradients included",
    "sweep": "A hundred steps of gradient descent from 100,000 starts",
}
OURS = "ours"


@dataclass(frozen=True)
class Rival:
    """Its time, and ours divided by it: the median, and the middle half, over the rounds."""

    time: str
    ratio: float
    low: float
    high: float


@dataclass(frozen=True)
class Race:
    """One race: what was done, our time, and the others' by name."""

    what: str
    ours: str
    rivals: dict[str, Rival]
    ahead: bool  # of every peer; the limit is no peer


@dataclass(frozen=True)
class Races:
    """All races by (work, backend), and what was left out."""

    environment: dict[str, str] = field(default_factory=dict)
    tables: dict[tuple[str, str], list[Race]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[Race]:
        return [race for races in self.tables.values() for race in races]


def _rival(entry: dict[str, Any]) -> Rival:
    ratio, low, high = map(float, entry["ratio"])
    return Rival(quantity(statistics.median(entry["seconds"]), "seconds"), ratio, low, high)


def _race(row: dict[str, Any]) -> Race:
    rivals = {str(name): _rival(entry) for name, entry in row["rivals"].items()}
    ours = rivals.pop(OURS).time
    what = f"{row['optimizer']}, n = {row['n']:,}" if row["work"] == "update" else "all of it"
    peers = [r for name, r in rivals.items() if not name.startswith(("limit", OURS))]
    return Race(what, ours, rivals, all(peer.ratio <= 1 for peer in peers))


def read(folder: Path) -> Races:
    """Read ``peers.json`` from ``folder``."""
    path = folder / "peers.json"
    if not path.exists():
        return Races()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        environment = {str(name): str(value) for name, value in data["environment"].items()}
        tables: dict[tuple[str, str], list[Race]] = {}
        for row in data["races"]:
            key = WORKS.get(str(row["work"]), str(row["work"])), str(row["backend"])
            tables.setdefault(key, []).append(_race(row))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        return Races(left_out=[f"{path.name} is damaged: {type(error).__name__} {error}"])
    order = {title: place for place, title in enumerate(WORKS.values())}
    placed = sorted(tables.items(), key=lambda item: (order.get(item[0][0], len(order)), item[0]))
    return Races(environment, dict(placed), [])
