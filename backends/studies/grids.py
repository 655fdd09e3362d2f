"""The grids of a study, numbered and cut by arithmetic on indices, and its parts."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from backends.protocol import Derivatives
from backends.sweeping import Grid
from reference import Case
from reference.arrays import Floats, Ints

DIGEST = 16  # hexadecimal digits of an id
WORK = 2**27  # coordinates times steps of a part, a second or two on numpy
SLACK = 8  # arrays of a block, and copies of a part, that exist at a time: 5 were measured


@dataclass(frozen=True, eq=False)
class Starts:
    """The starts of a grid: rows, or the product of one list of numbers for each coordinate.

    Attributes
    ----------
    lists
        For a product, the numbers of each coordinate; otherwise the rows, (S, d), alone.
    product
        Whether it is a product; its rows are in C order.
    first
        The index of the first row there is, for a part of the rows.
    """

    lists: tuple[Floats, ...]
    product: bool
    first: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes of starts."""
        return tuple(map(len, self.lists))

    def rows(self, indices: Ints | slice) -> Floats:
        """Return the starts of these indices, or of a slice of them, (M, d)."""
        if isinstance(indices, slice):
            indices = np.arange(indices.start, indices.stop)
        if not self.product:
            return self.lists[0][indices - self.first]
        places = np.unravel_index(indices, self.shape)
        return np.stack([v[i] for v, i in zip(self.lists, places, strict=True)], axis=-1)

    def restricted(self, first: int, last: int) -> "Starts":
        """Return what is needed of rows ``first`` to ``last``, the end not included."""
        return self if self.product else Starts((self.lists[0][first:last],), False, first)


@dataclass(frozen=True, eq=False)
class StudyGrid:
    """One case on one target from all starts with all combinations of hyperparameters.

    The members are numbered in C order: the axes of starts, then those of hyperparameters.
    """

    case: Case
    target: str
    derivatives: Derivatives
    starts: Starts
    hyper: Mapping[str, Floats]

    @cached_property
    def grid(self) -> Grid:
        return Grid(self.case, self.target, self.derivatives, self.hyper)

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of all axes."""
        return (*self.starts.shape, *map(len, self.hyper.values()))

    @property
    def axes(self) -> dict[str, Floats]:
        """The numbers along each axis by name; starts that are no product are numbered."""
        if self.starts.product:
            own = {f"start{i}": values for i, values in enumerate(self.starts.lists)}
        else:
            own = {"start": np.arange(float(len(self.starts.lists[0])))}
        return own | dict(self.hyper)

    @property
    def members(self) -> int:
        return math.prod(self.shape)

    @property
    def dimension(self) -> int:
        return len(self.case.start_point)

    @property
    def combinations(self) -> int:
        return math.prod(map(len, self.hyper.values()))

    @cached_property
    def block(self) -> int:
        """The number of members that are computed at once."""
        return self.grid.length(self.members)

    @cached_property
    def digest(self) -> str:
        """An id of all that determines the members' results, on one machine."""
        known = hashlib.sha256(self.case.to_json().encode())
        known.update(json.dumps([self.target, self.derivatives, self.block, self.shape]).encode())
        for values in (*self.starts.lists, *self.hyper.values()):
            known.update(values.tobytes())
        known.update(json.dumps([self.starts.product, *self.hyper]).encode())
        return known.hexdigest()[:DIGEST]

    @property
    def row_bytes(self) -> int:
        """The bytes of a member's numbers: start, point, value, steps, index, hyperparameters."""
        reals = sum(isinstance(v, float) for v in vars(self.case.hyperparameters).values())
        return 8 * (2 * self.dimension + 4 + reals)

    @property
    def least_memory(self) -> int:
        """The bytes that a part of one block takes."""
        width = self.grid.width
        return SLACK * self.block * (8 * width + self.row_bytes)

    def length(self, memory: int) -> int:
        """Return the length of parts that hold at most ``memory`` bytes: a number of blocks.

        A part is no longer than `WORK` needs, so that there are parts for many workers.
        """
        room = (memory - SLACK * self.block * 8 * self.grid.width) // (SLACK * self.row_bytes)
        enough = WORK // (self.grid.width * max(1, self.case.steps))
        return max(1, min(room, enough) // self.block) * self.block

    def chosen(self, members: Ints) -> dict[str, Floats]:
        """Return the swept hyperparameters of members, each (M,)."""
        if not self.hyper:
            return {}
        shape = [len(values) for values in self.hyper.values()]
        places = np.unravel_index(members % self.combinations, shape)
        return {n: v[i] for (n, v), i in zip(self.hyper.items(), places, strict=True)}

    def member(self, index: int) -> Case:
        """Return the case of one member."""
        place = np.array([index // self.combinations])
        hyper = {name: float(values[0]) for name, values in self.chosen(np.array([index])).items()}
        start = self.starts.rows(place)[0]
        return replace(self.case, start=start, hyper={**self.case.hyper, **hyper})


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a grid: work for one task, and one file of the results.

    Attributes
    ----------
    study
        The study's name.
    index
        The part's number in the study.
    grid
        The grid with the starts that the part needs.
    digest, members, block
        The whole grid's digest, members and length of a block.
    first, last
        The indices of its members, the end not included; whole blocks.
    hyper
        The names of all hyperparameters that have a column.
    dimension
        The number of coordinates that have a column.
    expected
        The versions that a worker must have, by package.
    """

    study: str
    index: int
    grid: StudyGrid
    digest: str
    members: int
    block: int
    first: int
    last: int
    hyper: tuple[str, ...]
    dimension: int
    expected: Mapping[str, str]

    @property
    def id(self) -> str:
        """A digest of what the part holds."""
        known = [self.digest, self.first, self.last, self.hyper, self.dimension]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:DIGEST]

    @property
    def name(self) -> str:
        """The beginning of its file's name, which a digest of the file completes."""
        return f"part-{self.index:06}-{self.id}"

    def __len__(self) -> int:
        return self.last - self.first
