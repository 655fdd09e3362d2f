"""How long an update of sharded parameters takes: JAX over eight devices, torch on DTensors.

What it dispatches and sends is counted in `benchmarks.counts`.
"""

from benchmarks._catalogue import STEPS, Cell, ready
from benchmarks._grid import GRID
from benchmarks._sharded import force_devices
from benchmarks._timed import Timed, attributes
from benchmarks._workloads import Workload

SIZES = (10_000, 10_000_000)


class Sharded(Timed):
    """``STEPS[n]`` updates of n float32 parameters; divide for the time of one."""

    version = "1"
    params = (GRID.first_order, SIZES, GRID.placed)
    param_names = ("optimizer", "n", "target")

    def setup(self, optimizer: str, n: int, target: str) -> None:
        self.work: Workload | None = None
        force_devices()
        work = ready(Cell("sharded", optimizer, target, size=n))
        work.start()
        self.work, self.take = work, work.take

    @attributes(pretty_name="Updates of sharded parameters, steady state")
    def time_steps(self, optimizer: str, n: int, target: str) -> None:
        self.take(STEPS[n])

    def teardown(self, optimizer: str, n: int, target: str) -> None:
        if self.work is not None:
            self.work.check()
