"""Every cell of work that is timed, counted and compared across commits, by name."""

from dataclasses import dataclass
from functools import cache

import reference
from benchmarks._grid import GRID
from benchmarks._workloads import Comparable, Sweep, Trajectory, ours, sharded

STEPS = {10: 100, 10_000: 100, 10_000_000: 2}  # steps in a sample, by n: milliseconds of work
MEMBERS = 100_000
SHARDED = 10_000  # parameters whose updates take as long as their dispatch
LARGE = 1_000_000  # work on so many numbers may use all threads


UPDATES = {"update": ours, "sharded": sharded}


@dataclass(frozen=True)
class Cell:
    """Some work on a target.

    Attributes
    ----------
    kind
        "update", "sharded" (an update of sharded parameters), "trajectory" or "sweep".
    subject
        The id of an optimizer, or of a case.
    target
        Such as "torch:cpu".
    size
        How many parameters or members; 0 for a trajectory.
    mode
        A trajectory's; "" for the others, which have one.
    """

    kind: str
    subject: str
    target: str
    size: int = 0
    mode: str = ""

    @property
    def name(self) -> str:
        parts = (self.kind, self.subject, str(self.size or ""), self.target, self.mode)
        return " ".join(filter(None, parts))

    @property
    def backend(self) -> str:
        return self.target.split(":")[0]

    @property
    def optimizer(self) -> str:
        """The id of the optimizer that does the work."""
        if self.kind in UPDATES:
            return self.subject
        return reference.CASES[self.subject].optimizer

    @property
    def by_default(self) -> bool:
        """Whether this is the mode in which the target runs unless asked otherwise."""
        return self.mode in ("", GRID.default_modes[self.target])

    @property
    def large(self) -> bool:
        return self.size >= LARGE


def left_out(case: str, target: str, mode: str) -> bool:
    """Whether there is no compiler, or it takes so many seconds that few cases must do."""
    if mode != "compiled":
        return False
    return target not in GRID.compilers or (target in GRID.slow_compilers and case not in GRID.few)


def cells() -> list[Cell]:
    """All of them, on the targets that are here."""
    updates = [
        Cell("update", optimizer, target, size=n)
        for target in GRID.targets
        for optimizer in GRID.first_order
        for n in STEPS
    ]
    spread = [
        Cell("sharded", optimizer, target, size=SHARDED)
        for target in GRID.placed
        for optimizer in GRID.first_order
    ]
    trajectories = [
        Cell("trajectory", case, target, mode=mode)
        for target in GRID.targets
        for case in GRID.cases
        for mode in GRID.modes
        if not left_out(case, target, mode)
    ]
    sweeps = [
        Cell("sweep", case, target, size=MEMBERS) for target in GRID.targets for case in GRID.few
    ]
    return updates + spread + trajectories + sweeps


def make(cell: Cell) -> Comparable:
    """The work of a cell by the measured commit."""
    if cell.kind in UPDATES:
        return UPDATES[cell.kind](cell.subject, cell.target, cell.size, STEPS[cell.size])
    if cell.kind == "trajectory":
        return Trajectory(cell.subject, cell.target, cell.mode)
    return Sweep(cell.subject, cell.size, cell.target)


@cache
def ready(cell: Cell) -> Comparable:
    """Work that was done and checked once: all is imported, compiled and allocated."""
    work = make(cell)
    work.start()
    work.take(repetitions(cell))
    work.check()
    return work


def repetitions(cell: Cell) -> int:
    """How often the work is done in a sample of asv's."""
    return STEPS[cell.size] if cell.kind in UPDATES else 1
