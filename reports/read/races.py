"""Reader of ``peers.json``: our times against other libraries' and the machine's limit."""

import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from reports.words import quantity, slug

WORKS = {
    "update": "One update, the gradient given",
    "sharded": "One update of sharded parameters, the gradient given",
    "trajectory": "A thousand Adam steps on two parameters, gradients included",
    "sweep": "A hundred steps of gradient descent from 100,000 starts",
}
OURS, LIMIT = "ours", "limit"
GROWTH = ("along", "backend", "size", "seconds")


@dataclass(frozen=True)
class Rival:
    """A rival's seconds, and ours divided by them: median and quartiles over the rounds."""

    seconds: float
    ratio: float
    low: float
    high: float

    @property
    def time(self) -> str:
        return quantity(self.seconds, "seconds")


@dataclass(frozen=True)
class Race:
    """One race: the work, our seconds, and the rivals by name.

    ``optimizer`` and ``n``, how many parameters, are those of an update.
    """

    work: str
    backend: str
    what: str
    seconds: float
    rivals: dict[str, Rival]
    optimizer: str = ""
    n: int = 0

    @property
    def ours(self) -> str:
        """Our time, in words."""
        return quantity(self.seconds, "seconds")

    @property
    def anchor(self) -> str:
        """The HTML id of its row."""
        return slug(f"race-{self.work}-{self.backend}-{self.what}")

    @property
    def best(self) -> str | None:
        """The name of the fastest other library, without the limits and our variants."""
        peers = [name for name in self.rivals if not name.startswith((LIMIT, OURS))]
        return max(peers, key=lambda name: self.rivals[name].ratio, default=None)

    @property
    def limit(self) -> Rival | None:
        """The machine's limit; the fastest if several were measured."""
        limits = [rival for name, rival in self.rivals.items() if name.startswith(LIMIT)]
        return max(limits, key=lambda rival: rival.ratio, default=None)

    @property
    def ahead(self) -> bool:
        """Whether no peer is faster."""
        return self.best is None or self.rivals[self.best].ratio <= 1


@dataclass(frozen=True)
class Races:
    """All races by (work, backend), and in ``left_out`` a sentence on an unreadable file."""

    environment: dict[str, str] = field(default_factory=dict)
    tables: dict[tuple[str, str], list[Race]] = field(default_factory=dict)
    growth: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(GROWTH)))
    left_out: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[Race]:
        return [race for races in self.tables.values() for race in races]

    @property
    def furthest_first(self) -> list[Race]:
        """The races against other libraries, by falling ratio of our time to the fastest one's."""
        raced = [race for race in self.all if race.best is not None]
        return sorted(raced, key=lambda race: -race.rivals[str(race.best)].ratio)

    @property
    def data(self) -> pd.DataFrame:
        """A row for every rival of every race."""
        rows = [
            (r.work, r.backend, r.what, name, rival.time, rival.ratio, rival.low, rival.high)
            for r in self.all
            for name, rival in r.rivals.items()
        ]
        names = ["work", "backend", "what", "rival", "time", "ours / theirs", "low", "high"]
        return pd.DataFrame(rows, columns=names)


def _rival(entry: dict[str, Any]) -> Rival:
    ratio, low, high = map(float, entry["ratio"])
    return Rival(statistics.median(map(float, entry["seconds"])), ratio, low, high)


def _race(row: dict[str, Any]) -> Race:
    rivals = {str(name): _rival(entry) for name, entry in row["rivals"].items()}
    ours = rivals.pop(OURS).seconds
    work, backend = (str(row[name]) for name in ("work", "backend"))
    if "optimizer" not in row:
        return Race(WORKS.get(work, work), backend, "all of it", ours, rivals)
    optimizer, n = str(row["optimizer"]), int(row["n"])
    return Race(
        WORKS.get(work, work), backend, f"{optimizer}, n = {n:,}", ours, rivals, optimizer, n
    )


def read(folder: Path) -> Races:
    """Read ``peers.json`` from ``folder``."""
    path = folder / "peers.json"
    if not path.exists():
        return Races()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        environment = {str(name): str(value) for name, value in data["environment"].items()}
        tables: dict[tuple[str, str], list[Race]] = {}
        grown: list[tuple[Any, ...]] = []
        for row in data["races"]:
            if row["work"] == "growth":
                grown += _growth_rows(row)
                continue
            race = _race(row)
            tables.setdefault((race.work, race.backend), []).append(race)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        return Races(left_out=[f"{path.name} is damaged: {type(error).__name__} {error}"])
    order = {title: place for place, title in enumerate(WORKS.values())}
    ordered = sorted(tables.items(), key=lambda item: (order.get(item[0][0], len(order)), item[0]))
    return Races(environment, dict(ordered), pd.DataFrame(grown, columns=list(GROWTH)))


def _growth_rows(row: dict[str, Any]) -> list[tuple[Any, ...]]:
    sizes = ((int(size), entry["seconds"]) for size, entry in row["rivals"].items())
    where = (
        str(row[name]).replace("$", r"\$") for name in ("along", "backend")
    )  # matplotlib reads $ as math
    along, backend = where
    return [(along, backend, size, statistics.median(map(float, took))) for size, took in sizes]
