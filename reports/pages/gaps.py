"""The parts of the report that are empty: why, and the command that fills each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from reports.compute.history import SHORT
from reports.read.results import Results
from reports.words import counted

TESTS = "nox -s tests"


@dataclass(frozen=True)
class Part:
    """A part of the report that shows results.

    Attributes
    ----------
    id, what
        Its name in the templates, and what it shows.
    page
        The link to it.
    command
        The command that leaves its results.
    sheets
        The names of the tables that it is made of, or its own where it is no table.
    least, unit
        How many rows these need together, and what a row is.
    """

    id: str
    what: str
    page: str
    command: str
    sheets: tuple[str, ...] = ()
    least: int = 1
    unit: str = "row"

    def rows(self, found: Mapping[str, int]) -> int:
        return sum(found.get(name, 0) for name in self.sheets or (self.id,))


COMPARED = ("cells-agreement", "cells-pair", "cells-tape", "cells-peer", "cells-derivative")
PARTS = (
    Part("printed", "which printed texts match", "goldens.html", TESTS, ("goldens",)),
    Part("accuracy", "errors as shares of their bounds", "accuracy.html", TESTS, COMPARED),
    Part("formulas", "which formula is whose", "optimizers.html#whose", TESTS),
    Part("planted", "how far to trust the check", "check.html#trust", TESTS),
    Part("arithmetic", "this machine's rounding errors", "arithmetic.html", TESTS),
    Part(
        "arithmetic-facts",
        "one rounding or two, and subnormal numbers",
        "arithmetic.html#once",
        TESTS,
    ),
    Part("machines", "the machines that were tested", "machines.html", TESTS),
    Part("speed", "times", "speed.html", "nox -s bench", ("commits",)),
    Part(
        "history",
        "times of earlier commits",
        "speed.html#history",
        "nox -s history",
        ("commits",),
        2,
        "commit",
    ),
    Part("asv", "asv's own pages", "speed.html", "asv publish"),
    Part(
        "races",
        "races against other libraries",
        "speed.html#peers",
        "nox -s peers",
        ("races", "growth"),
    ),
    Part("explorer", "the explorer's paths", "explorer.html", "nox -s paths"),
    Part("partings", "where backends part", "goldens.html#partings", "nox -s paths"),
    Part(
        "bound",
        "how sharp and how sure the bound is",
        "accuracy.html#bound",
        "nox -s bound",
        ("noticed-hyperparameters", "coverage"),
    ),
    Part(
        "scoreboard",
        "other libraries' optimizers",
        "check.html#scoreboard",
        "nox -s check -- --all",
    ),
    Part(
        "comparisons",
        "what got slower from commit to commit",
        "regressions.html#changes",
        "nox -s regressions -- HEAD~1",
    ),
    Part(
        "alarm",
        "how far these verdicts can be trusted",
        "regressions.html#alarm",
        "nox -s alarm",
        ("false-alarms", "plants", "planted-sizes"),
    ),
    Part("releases", "what releases of frameworks change", "versions.html", "nox -s versions"),
    Part(
        "levels", "other machines and instruction levels", "arithmetic.html#levels", "nox -s levels"
    ),
    Part(
        "studies",
        "studies of many runs",
        "studies.html",
        "nox -s study -- benchmarks/studies/learning_rates.toml",
    ),
    Part(
        "scaling",
        "how a study scales",
        "studies.html",
        "nox -s study -- benchmarks/studies/million.toml --scaling",
    ),
)


@dataclass(frozen=True)
class Gap:
    """An empty part: what it would show, its link, why it is empty, and the command."""

    id: str
    what: str
    page: str
    why: str
    command: str


def collect(found: Mapping[str, int], tested: Results) -> dict[str, Gap]:
    """The empty parts by id; ``found`` is how many rows there are, by the name of the table."""
    return {gap.id: gap for gap in _gaps(found, tested)}


def _gaps(found: Mapping[str, int], tested: Results) -> Iterator[Gap]:
    for part in PARTS:
        if part.rows(found) < part.least:
            why = _why(part, part.rows(found), tested)
            yield Gap(part.id, part.what, part.page, why, part.command)


def _why(part: Part, rows: int, tested: Results) -> str:
    """Not run; or run, and it left too little."""
    if rows:
        verb = "is" if rows == 1 else "are"
        return f"there {verb} {counted(rows, part.unit)}, and {part.least} are needed"
    if part.command != TESTS or not tested.cells:
        return "not run yet"
    at = f" at {tested.commit[:SHORT]}" if tested.commit else ""
    return f"the tests were run{at}, and left none of it: older than it, or only some of them"


def made(found: Mapping[str, int]) -> list[str]:
    """The commands that left what there is, each once."""
    full = [part.command for part in PARTS if part.rows(found) >= part.least]
    return list(dict.fromkeys(full))


def frame(gaps: Mapping[str, Gap]) -> pd.DataFrame:
    """A row for every empty part."""
    rows = [(gap.what, gap.command, gap.why) for gap in gaps.values()]
    return pd.DataFrame(rows, columns=["what", "command", "why"])
