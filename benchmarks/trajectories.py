"""How long a whole run of a document's case takes, once everything is warm."""

from itertools import product

from benchmarks._catalogue import Cell, left_out, ready
from benchmarks._grid import GRID
from benchmarks._timed import Timed, attributes
from benchmarks._workloads import Workload


class Trajectory(Timed):
    """A case from its start to its end, as numpy arrays."""

    version = "1"
    params = (GRID.cases, GRID.targets, GRID.modes)
    param_names = ("case", "target", "mode")
    skip_params = tuple(cell for cell in product(*params) if left_out(*cell))

    def setup(self, case: str, target: str, mode: str) -> None:
        self.work: Workload | None = None
        work = ready(Cell("trajectory", case, target, mode=mode))
        work.start()
        self.work, self.take = work, work.take

    @attributes(pretty_name="Whole trajectory, steady state")
    def time_run(self, case: str, target: str, mode: str) -> None:
        self.take(1)

    def teardown(self, case: str, target: str, mode: str) -> None:
        if self.work is not None:
            self.work.check()
