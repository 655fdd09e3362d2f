"""Reader of ``systems.toml``: everything the documents contain, and the files that implement it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

KINDS = {
    "P": "Problems",
    "O": "Optimizers",
    "D": "Figures and diagnostics",
    "E": "Exercises and extensions",
}


@dataclass(frozen=True)
class System:
    """One row: its id, the documents that contain it, its name, and the files that implement it."""

    id: str
    documents: tuple[str, ...]
    name: str
    where: tuple[str, ...]

    @property
    def kind(self) -> str:
        return KINDS[self.id[0]]


def read() -> tuple[System, ...]:
    """All systems, in the order of the file."""
    text = Path(__file__).parents[1].joinpath("systems.toml").read_text(encoding="utf-8")
    return tuple(
        System(s["id"], tuple(s["documents"]), s["name"], tuple(s["where"]))
        for s in tomllib.loads(text)["system"]
    )


SYSTEMS = read()


def frame() -> pd.DataFrame:
    """A row for every system."""
    rows = [(s.id, " ".join(s.documents), s.name, " ".join(s.where)) for s in SYSTEMS]
    return pd.DataFrame(rows, columns=["id", "documents", "name", "where"])
