"""Two results of one study compared: bit for bit, or within the bounds of their truth."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from backends.studies.grids import StudyGrid
from backends.studies.results import Results
from backends.studies.store import load, metadata
from reference import Invalid, truth
from reference.arrays import Ints

CHECKED = 20  # differing members that are held to the truth, which takes a second or so each


@dataclass(frozen=True)
class Comparison:
    """How two results of one study differ.

    Attributes
    ----------
    members
        How many both have.
    missing
        How many only one of them has.
    differing
        How many differ in a bit of their point, value, steps or status.
    arithmetic
        Whether all parts were computed in the same arithmetic of each target.
    checked, chaotic
        How many of those that differ were held to the truth, and how many of these are chaotic,
        so that two correct results may differ entirely.
    beyond
        A sentence for each result that is outside its bound.
    """

    members: int
    missing: int
    differing: int
    arithmetic: bool
    checked: int
    chaotic: int
    beyond: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the results are the same, or, in another arithmetic, within their bounds."""
        return not self.beyond and not (self.differing and self.arithmetic)

    def __str__(self) -> str:
        """Say it in a sentence."""
        missing = f"; {self.missing:,} are in one of them only" if self.missing else ""
        if not self.differing:
            return f"{self.members:,} members, the same bit for bit{missing}"
        kind = "the same arithmetic" if self.arithmetic else "another arithmetic"
        words = f"{self.differing:,} of {self.members:,} members differ, in {kind}{missing}"
        held = f"{self.checked} held to the truth, {self.chaotic} of them chaotic"
        return f"{words}; {held}, {len(self.beyond)} results beyond their bounds"


def compare(one: Results, two: Results, checked: int = CHECKED) -> Comparison:
    """Compare two results of the same study, however each is cut.

    Of members that differ, ``checked`` are held to the truth of their cases.

    Raises
    ------
    reference.Invalid
        If the two are not of the same study.
    StudyError
        If a part is damaged.
    """
    if one.about["grids"] != two.about["grids"]:
        raise Invalid(f"{one.folder} and {two.folder}: expected results of the same study")
    found = defaultdict[str, list[int]](list)
    members = 0
    for digest, first, last, ours, theirs in _shared(one, two):
        members += last - first
        places = first + np.flatnonzero(_unlike(ours, theirs))
        found[digest] += places.tolist()
    differing = sum(map(len, found.values()))
    chosen = list(_spread([(g, i) for g, places in found.items() for i in places], checked))
    outcomes = [_held(one, two, digest, i) for digest, i in chosen]
    return Comparison(
        members,
        _count(one) + _count(two) - 2 * members,
        differing,
        one.facts().arithmetic.keys() == two.facts().arithmetic.keys(),
        len(outcomes),
        sum(chaotic for chaotic, _ in outcomes),
        tuple(words for _, beyond in outcomes for words in beyond),
    )


def _spread(items: list[Any], most: int) -> list[Any]:
    """At most so many items, evenly spread over a list."""
    places = np.unique(np.linspace(0, len(items) - 1, min(most, len(items))).astype(int))
    return [items[i] for i in places]


Index = dict[str, list[tuple[int, int, Path]]]


@lru_cache(maxsize=8)
def _index(folder: Path, files: tuple[Path, ...]) -> Index:
    """The parts of each grid by their first members."""
    found: Index = defaultdict(list)
    for path in files:
        known = metadata(path)
        found[known["grid"]].append((known["first"], known["last"], path))
    return {digest: sorted(ranges) for digest, ranges in found.items()}


def _indexed(results: Results) -> Index:
    return _index(results.folder, tuple(results.files))


def _count(results: Results) -> int:
    return sum(last - first for r in _indexed(results).values() for first, last, _ in r)


@lru_cache(maxsize=4)
def _arrays(path: Path) -> dict[str, Any]:
    """What a part found, as arrays by column."""
    table = load(path).table
    names = [n for n in table.column_names if n.startswith("point") or n in ("value", "steps")]
    status = table.column("status").combine_chunks().dictionary_decode()
    arrays = {n: table.column(n).to_numpy() for n in names}
    return arrays | {"status": np.asarray(status.to_numpy(zero_copy_only=False), dtype="U10")}


def _shared(
    one: Results, two: Results
) -> Iterator[tuple[str, int, int, dict[str, Any], dict[str, Any]]]:
    """The stretches of members that both have: (grid, first, last, columns, columns)."""
    others = _indexed(two)
    for digest, ranges in _indexed(one).items():
        theirs = others.get(digest, [])
        for first, last, path in ranges:
            start = max(0, bisect_right(theirs, (first,)) - 1)
            for other_first, other_last, other in theirs[start:]:
                low, high = max(first, other_first), min(last, other_last)
                if other_first >= last:
                    break
                if low < high:
                    a, b = _arrays(path), _arrays(other)
                    yield (
                        digest,
                        low,
                        high,
                        _cut(a, low - first, high - first),
                        _cut(b, low - other_first, high - other_first),
                    )


def _cut(arrays: dict[str, Any], start: int, stop: int) -> dict[str, Any]:
    return {name: array[start:stop] for name, array in arrays.items()}


def _unlike(ours: dict[str, Any], theirs: dict[str, Any]) -> Any:
    """Which rows differ in a bit."""
    unlike = np.zeros(len(ours["steps"]), dtype=bool)
    for name, a in ours.items():
        b = theirs[name]
        if a.dtype.kind == "f":
            a, b = a.view(np.int64), b.view(np.int64)
        unlike |= a != b
    return unlike


def _held(one: Results, two: Results, digest: str, member: int) -> tuple[bool, list[str]]:
    """Hold both results of a member to its truth: whether it is chaotic, and what is beyond."""
    grid = _grid(one, digest)
    case = replace(grid.member(member), stop=None)
    true, beyond = truth(case), []
    if true.chaotic:
        return True, []
    for results in (one, two):
        steps, point = _result(results, digest, member, grid.dimension)
        ratio = true.ratio(point.astype(case.dtype), steps)
        if not ratio <= 1:
            beyond.append(
                f"{results.folder}: member {member:,} of {case.optimizer} on {case.problem.id} is "
                f"{ratio:.3g} times its bound off"
            )
    return False, beyond


def _grid(results: Results, digest: str) -> StudyGrid:
    return next(grid for grid in results.study.grids if grid.digest == digest)


def _result(results: Results, digest: str, member: int, dimension: int) -> tuple[int, Ints]:
    ranges = _indexed(results)[digest]
    first, _, path = ranges[bisect_right(ranges, (member, np.inf)) - 1]
    arrays = _arrays(path)
    place = member - first
    return int(arrays["steps"][place]), np.array(
        [arrays[f"point{i}"][place] for i in range(dimension)]
    )
