"""How long an update takes when the gradient is given: what training n parameters would cost."""

from benchmarks._catalogue import STEPS, Cell, ready
from benchmarks._grid import GRID
from benchmarks._timed import Timed, attributes
from benchmarks._workloads import Workload


class Update(Timed):
    """``STEPS[n]`` updates of n float32 parameters; divide for the time of one."""

    version = "1"
    params = (GRID.first_order, tuple(STEPS), GRID.targets)
    param_names = ("optimizer", "n", "target")

    def setup(self, optimizer: str, n: int, target: str) -> None:
        self.work: Workload | None = None
        work = ready(Cell("update", optimizer, target, size=n))
        work.start()
        self.work, self.take = work, work.take

    @attributes(pretty_name="Updates with given gradients, steady state")
    def time_steps(self, optimizer: str, n: int, target: str) -> None:
        self.take(STEPS[n])

    def teardown(self, optimizer: str, n: int, target: str) -> None:
        if self.work is not None:
            self.work.check()
