"""Reader of the studies' folders, which ``nox -s study`` writes, a part at a time."""

import json
import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backends import StudyError
from backends.studies.folder import RUNNING
from reference import Invalid

if TYPE_CHECKING:
    from backends.studies.results import Facts, Results
    from backends.studies.scaling import Scaling

FOLDER = "studies"
MOST_PARTS = 500  # of a study that are read; of more, these spread evenly
SIDE = 120  # the most cells along an axis of a map


@dataclass(frozen=True, eq=False)
class GridRead:
    """The members of one grid that were read, added up over a map of two of its axes.

    Attributes
    ----------
    names
        The names of the map's axes: the learning rate or first hyperparameter, and another.
    axes
        The numbers at the cells along each axis, of which neighbours may share a cell.
    members, converged, diverged
        How many members each cell has, and how many of these ended so.
    values, steps
        The sums of the last values and of the steps of those that did not diverge.
    """

    optimizer: str
    problem: str
    target: str
    dtype: str
    stops: bool
    size: int
    names: tuple[str, str]
    axes: tuple[Any, Any]
    members: Any
    converged: Any
    diverged: Any
    values: Any
    steps: Any


@dataclass(frozen=True)
class StudyRead:
    """A study that was read; ``running`` is what it says while it runs, or None."""

    name: str
    members: int
    parts: int
    there: int
    facts: "Facts"
    grids: list[GridRead]
    running: dict[str, Any] | None
    scaling: "Scaling | None"


@dataclass(frozen=True)
class Studies:
    """All readable studies, and in ``left_out`` a sentence for each that is not, or for a part."""

    found: list[StudyRead] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read(folder: Path) -> Studies:
    """Read the studies in ``folder/studies``; leave out what is damaged."""
    folders = sorted(path.parent for path in (folder / FOLDER).glob("*/_study.json"))
    if folders and find_spec("pyarrow") is None:
        return Studies(left_out=["studies: pip install 'descent-bench[study]' to show them"])
    found: list[StudyRead] = []
    left_out: list[str] = []
    for each in folders:
        try:
            found.append(_study(each, left_out))
        except (Invalid, StudyError, LookupError, TypeError, ValueError) as error:
            left_out.append(f"study {each.name}: {error}")
    return Studies(found, left_out)


def _study(folder: Path, left_out: list[str]) -> StudyRead:
    from backends.studies.results import Results

    results = Results(folder)
    grids = {grid.digest: _Sums(grid) for grid in results.study.grids}
    damaged: list[Path] = []
    for known, table in _read(results, left_out, damaged):
        if known["grid"] in grids:
            grids[known["grid"]].add(known, table)
    return StudyRead(
        results.about["name"],
        results.about["members"],
        results.about["parts"],
        len(results.files),
        results.facts([path for path in results.files if path not in damaged]),
        [sums.grid() for sums in grids.values()],
        _running(folder),
        _scaling(folder.with_name(f"{folder.name}-scaling.json")),
    )


def _read(
    results: "Results", left_out: list[str], damaged: list[Path]
) -> Iterator[tuple[dict[str, Any], Any]]:
    """The parts that are read: all, or some that are spread evenly."""
    from backends.studies.store import load

    paths = results.files
    if len(paths) > MOST_PARTS:
        left_out.append(
            f"study {results.folder.name}: {MOST_PARTS} of {len(paths)} parts are shown"
        )
        paths = [paths[i] for i in np.linspace(0, len(paths) - 1, MOST_PARTS).astype(int)]
    for path in paths:
        try:
            found = load(path, ["member", "value", "steps", "status"])
        except StudyError as error:
            left_out.append(f"study {results.folder.name}: {error}")
            damaged.append(path)
            continue
        yield found.known, found.table


def _running(folder: Path) -> dict[str, Any] | None:
    """What a study says that runs; None if the process that said so is gone."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        found: dict[str, Any] = json.loads((folder / RUNNING).read_text(encoding="utf-8"))
        if found["host"] == platform.node():
            os.kill(int(found["pid"]), 0)  # signal 0 only asks
        return found
    return None


def _scaling(path: Path) -> "Scaling | None":
    from backends.studies import scaling

    with suppress(OSError, ValueError, LookupError, TypeError):
        return scaling.from_json(path.read_text(encoding="utf-8"))
    return None


class _Sums:
    """The sums of a grid's cells, to which parts are added."""

    def __init__(self, grid: Any) -> None:
        self.of = grid
        self.names, self.axes, self._places = _map(grid)
        shape = tuple(map(len, self.axes))
        self.counts = {name: np.zeros(shape, np.int64) for name in ("all", "converged", "diverged")}
        self.sums = {name: np.zeros(shape) for name in ("value", "steps")}

    def add(self, known: dict[str, Any], table: Any) -> None:
        members = table.column("member").to_numpy()
        cells = self._places(members)
        status = table.column("status").combine_chunks().dictionary_decode()
        words = np.asarray(status.to_numpy(zero_copy_only=False), dtype="U10")
        diverged = words == "diverged"
        np.add.at(self.counts["all"], cells, 1)
        np.add.at(self.counts["converged"], cells, words == "converged")
        np.add.at(self.counts["diverged"], cells, diverged)
        for name in self.sums:
            numbers = table.column(name).to_numpy().astype(float)
            with np.errstate(over="ignore"):  # of huge values, whose sum is infinite
                np.add.at(self.sums[name], cells, np.where(diverged, 0, numbers))

    def grid(self) -> GridRead:
        case = self.of.case
        return GridRead(
            case.optimizer,
            case.problem.id,
            self.of.target,
            str(case.dtype),
            case.stop is not None,
            self.of.members,
            self.names,
            self.axes,
            self.counts["all"],
            self.counts["converged"],
            self.counts["diverged"],
            self.sums["value"],
            self.sums["steps"],
        )


def _map(grid: Any) -> tuple[tuple[str, str], tuple[Any, Any], Any]:
    """The names and numbers of a map's two axes, and a function from members to its cells."""
    axes = grid.axes
    order = sorted(axes, key=lambda name: (name != "lr", name.startswith("start")))
    first, second = (*order, "")[:2]
    thinned = {name: _thinned(axes[name]) for name in (first, second) if name}
    numbers = tuple(thinned[n][0] if n else np.zeros(1) for n in (first, second))
    names, shape = list(axes), grid.shape

    def places(members: Any) -> tuple[Any, Any]:
        index = dict(zip(names, np.unravel_index(members, shape), strict=True))
        zero = np.zeros(len(members), int)
        found = [thinned[n][1][index[n]] if n else zero for n in (first, second)]
        return found[0], found[1]

    return (first, second), (numbers[0], numbers[1]), places


def _thinned(values: Any) -> tuple[Any, Any]:
    """The numbers of at most `SIDE` cells, and the cell of each of ``values`` in their order."""
    per = -(-len(values) // SIDE)
    order = np.argsort(values, kind="stable")
    cells = np.empty(len(values), int)
    cells[order] = np.arange(len(values)) // per
    return values[order][::per], cells
