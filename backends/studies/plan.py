"""A study: what its file or dict says, checked, and cut into parts."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from backends.studies.grids import Part, StudyGrid
from backends.studies.values import KEYS, check_keys, listed, numbers, starts
from backends.sweeping import checked_values, parts
from backends.targets import TARGETS, execution, optimizer
from reference import Case, Invalid
from reference.errors import choose, shown

DEFAULTS = {"memory": "256 MiB", "targets": ("numpy:cpu",)}
MEMORY = re.compile(r"(\d+(?:\.\d+)?) ?(KiB|MiB|GiB)")
UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
MOST_MEMBERS = 10**13
MOST_PARTS = 10**6


@dataclass(frozen=True, eq=False)
class Study:
    """A checked study.

    Attributes
    ----------
    name
        A name for its folder.
    memory
        The bytes that a part may take.
    grids
        One for each case, optimizer and target.
    given
        What was given, as JSON types.
    """

    name: str
    memory: int
    grids: tuple[StudyGrid, ...]
    given: Mapping[str, Any]

    @cached_property
    def members(self) -> int:
        return sum(grid.members for grid in self.grids)

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(grid.target for grid in self.grids))

    @cached_property
    def hyper(self) -> tuple[str, ...]:
        """The names of all real-valued hyperparameters."""
        named = [
            n
            for g in self.grids
            for n, v in g.case.hyperparameters.to_dict().items()
            if isinstance(v, float)
        ]
        return tuple(dict.fromkeys(named))

    @cached_property
    def dimension(self) -> int:
        return max(grid.dimension for grid in self.grids)

    @cached_property
    def count(self) -> int:
        """The number of parts."""
        return sum(-(-g.members // g.length(self.memory)) for g in self.grids)

    def parts(self, expected: Mapping[str, str]) -> Iterator[Part]:
        """Cut the study; ``expected`` are the versions that its workers must have."""
        index = 0
        for grid in self.grids:
            for cut in parts(grid.members, grid.length(self.memory)):
                yield self._part(index, grid, cut.start, cut.stop, expected)
                index += 1

    def _part(
        self, index: int, grid: StudyGrid, first: int, last: int, expected: Mapping[str, str]
    ) -> Part:
        k = grid.combinations
        starts = grid.starts.restricted(first // k, -(-last // k))
        own = StudyGrid(grid.case, grid.target, grid.derivatives, starts, grid.hyper)
        return Part(
            study=self.name,
            index=index,
            grid=own,
            digest=grid.digest,
            members=grid.members,
            block=grid.block,
            first=first,
            last=last,
            hyper=self.hyper,
            dimension=self.dimension,
            expected=expected,
        )


def read(source: str | Path | Mapping[str, Any]) -> Study:
    """Make a study from the path of its TOML file, or from a dict of the same form.

    Raises
    ------
    reference.Unknown, reference.Invalid
        If the file cannot be read, or a key or value is wrong; the message names it.
    """
    if isinstance(source, Mapping):
        return _study(dict(source), "study")
    path = Path(source)
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"{path}: expected a study's TOML file: {error.strerror}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise Invalid(f"{path}: expected TOML: {error}") from None
    try:
        return _study(given, path.stem)
    except Invalid as error:
        raise Invalid(f"{path}: {error}") from None


def _study(given: dict[str, Any], name: str) -> Study:
    check_keys("study", given)
    full = {"name": name, **DEFAULTS, **given}
    if not isinstance(full["name"], str) or not re.fullmatch(r"[\w.-]+", full["name"]):
        raise Invalid(f"name = {shown(full['name'])}: expected letters, digits, '_', '-' or '.'")
    memory = _memory(full["memory"])
    cases = listed("cases", full.get("cases", ()))
    targets = listed("targets", full["targets"])
    grids = tuple(g for i, case in enumerate(cases) for g in _grids(f"cases[{i}]", case, targets))
    study = Study(full["name"], memory, grids, given)
    _check_size(study)
    return study


def _check_size(study: Study) -> None:
    if study.members > MOST_MEMBERS:
        raise Invalid(
            f"a study of {_power(study.members)} members: expected at most "
            f"{_power(MOST_MEMBERS)}; take fewer starts or values"
        )
    for grid in study.grids:
        if grid.least_memory > study.memory:
            raise Invalid(
                f"memory = {_mebibytes(study.memory)}: a part of {grid.case.optimizer} on "
                f"{grid.case.problem.id} takes at least {_mebibytes(grid.least_memory)}"
            )
    if study.count > MOST_PARTS:
        raise Invalid(
            f"memory = {_mebibytes(study.memory)}: it cuts the study into {study.count:,} parts; "
            f"expected at most {MOST_PARTS:,}, so give a part more memory or take fewer members"
        )


def _power(number: int) -> str:
    return f"{number:,}" if number < 10**9 else f"{number:.3g}"


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.4g} MiB"


def _memory(given: object) -> int:
    found = MEMORY.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise Invalid(f"memory = {shown(given)}: expected a size such as '256 MiB' or '2 GiB'")
    return int(float(found[1]) * UNITS[found[2]])


def _grids(where: str, given: object, targets: list[Any]) -> Iterator[StudyGrid]:
    """Make the grids of one entry of ``cases``: one for each of its optimizers and targets."""
    if not isinstance(given, Mapping):
        raise Invalid(f"{where} = {shown(given)}: expected a table with {', '.join(KEYS['case'])}")
    try:
        check_keys("case", given)
        for name in listed("optimizers", given.get("optimizers", ())):
            for target in listed("targets", given.get("targets", targets)):
                choose("target", target, TARGETS)
                yield _grid(given, name, target)
    except Invalid as error:
        raise Invalid(f"{where}: {error}") from None


def _grid(given: Mapping[str, Any], name: str, target: str) -> StudyGrid:
    hyper = given.get("hyper", {})
    if not isinstance(hyper, Mapping):
        raise Invalid(f"hyper = {shown(hyper)}: expected a table of numbers, lists or ranges")
    swept = {n: v for n, v in hyper.items() if isinstance(v, (list, Mapping))}
    fixed = {n: v for n, v in hyper.items() if n not in swept}
    arguments = ("problem", "params", "steps", "dtype", "stop", "batch")
    chosen = {key: given[key] for key in arguments if key in given}
    case = Case.from_dict({"optimizer": name, "hyper": fixed, **chosen})
    if case.spec.start is not None:
        raise Invalid(f"{case.optimizer} starts from its own hyperparameters: nothing to study")
    lists = {n: checked_values(case, n, numbers(n, v)) for n, v in swept.items()}
    derivatives = execution(target, derivatives=given.get("derivatives")).derivatives
    optimizer(target, case.optimizer)
    return StudyGrid(case, target, derivatives, starts(case, given.get("starts")), lists)
