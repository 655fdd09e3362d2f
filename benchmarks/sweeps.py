"""How long a sweep takes: one case from many starts at once, as maps and basins are drawn."""

from benchmarks._catalogue import MEMBERS, Cell, ready
from benchmarks._grid import GRID
from benchmarks._timed import Timed, attributes
from benchmarks._workloads import Workload


class Sweep(Timed):
    """All steps of all members, from numpy arrays to numpy arrays."""

    version = "1"
    params = (GRID.few, (MEMBERS,), GRID.targets)
    param_names = ("case", "members", "target")

    def setup(self, case: str, members: int, target: str) -> None:
        self.work: Workload | None = None
        work = ready(Cell("sweep", case, target, size=members))
        work.start()
        self.work, self.take = work, work.take

    @attributes(pretty_name="A case from many starts, steady state")
    def time_sweep(self, case: str, members: int, target: str) -> None:
        self.take(1)

    def teardown(self, case: str, members: int, target: str) -> None:
        if self.work is not None:
            self.work.check()
