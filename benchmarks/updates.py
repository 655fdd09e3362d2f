"""How long an update takes when the gradient is given: what training n parameters would cost."""

from functools import cache

from benchmarks._grid import GRID
from benchmarks._timed import Timed, attributes
from benchmarks._workloads import Updates, ours

STEPS = {10: 100, 10_000: 100, 10_000_000: 2}  # steps in a sample, by n: milliseconds of work


@cache
def warmed(optimizer: str, target: str, n: int) -> Updates:
    """Do the work once, so that all is imported, compiled and checked before the clock starts."""
    work = ours(optimizer, target, n, STEPS[n])
    work.start()
    work.take(STEPS[n])
    work.check()
    return work


class Update(Timed):
    """``STEPS[n]`` updates of n float32 parameters; divide for the time of one."""

    version = "1"
    params = (GRID.first_order, tuple(STEPS), GRID.targets)
    param_names = ("optimizer", "n", "target")

    def setup(self, optimizer: str, n: int, target: str) -> None:
        self.work: Updates | None = None
        work = warmed(optimizer, target, n)
        work.start()
        self.work, self.take = work, work.take

    @attributes(pretty_name="Updates with given gradients, steady state")
    def time_steps(self, optimizer: str, n: int, target: str) -> None:
        self.take(STEPS[n])

    def teardown(self, optimizer: str, n: int, target: str) -> None:
        if self.work is not None:
            self.work.check()
