"""How long a sweep takes: one case from many starts at once, as maps and basins are drawn."""

from functools import cache
from typing import Any

import numpy as np

import backends
import reference
from benchmarks._checks import case_called, check_members
from benchmarks._grid import GRID, known
from benchmarks._older import start_of
from benchmarks._timed import Timed, attributes

MEMBERS = (100_000,)
NEAREST = 0.9  # starts lie between this part of the case's own start and all of it


@cache
def warmed(case: str, target: str, members: int) -> tuple[reference.Case, Any]:
    """Sweep once, so that all is imported, compiled and checked before the clock starts."""
    sweep, made = known(vars(backends), "sweep"), case_called(case)
    starts = start_of(made) * np.linspace(NEAREST, 1, members)[:, None]
    swept = sweep(made, starts, target=target, progress=False)
    check_members(made, starts, swept.points)
    return made, starts


class Sweep(Timed):
    """All steps of all members, from numpy arrays to numpy arrays."""

    version = "1"
    params = (GRID.few, MEMBERS, GRID.targets)
    param_names = ("case", "members", "target")

    def setup(self, case: str, members: int, target: str) -> None:
        self.swept: backends.Sweep | None = None
        self.case, self.starts = warmed(case, target, members)

    @attributes(pretty_name="A case from many starts, steady state")
    def time_sweep(self, case: str, members: int, target: str) -> None:
        self.swept = backends.sweep(self.case, self.starts, target=target, progress=False)

    def teardown(self, case: str, members: int, target: str) -> None:
        if self.swept is not None:
            check_members(self.case, self.starts, self.swept.points)
