"""How long a whole run of a document's case takes, once everything is warm."""

from functools import cache
from itertools import product

import backends
import reference
from benchmarks._checks import case_called, check_path
from benchmarks._grid import GRID
from benchmarks._timed import Timed, attributes


@cache
def warmed(case: str, target: str, mode: str) -> reference.Case:
    """Run once, so that all is imported, compiled and checked before the clock starts."""
    path = backends.run(case_called(case), target, mode)
    check_path(path)
    return path.case


def left_out(case: str, target: str, mode: str) -> bool:
    """Whether there is no compiler, or it takes so many seconds that few cases must do."""
    if mode != "compiled":
        return False
    return target not in GRID.compilers or (target in GRID.slow_compilers and case not in GRID.few)


class Trajectory(Timed):
    """A case from its start to its end, as numpy arrays."""

    version = "1"
    params = (GRID.cases, GRID.targets, GRID.modes)
    param_names = ("case", "target", "mode")
    skip_params = tuple(cell for cell in product(*params) if left_out(*cell))

    def setup(self, case: str, target: str, mode: str) -> None:
        self.path: backends.Path | None = None
        self.case = warmed(case, target, mode)

    @attributes(pretty_name="Whole trajectory, steady state")
    def time_run(self, case: str, target: str, mode: str) -> None:
        self.path = backends.run(self.case, target, mode)

    def teardown(self, case: str, target: str, mode: str) -> None:
        if self.path is not None:
            check_path(self.path)
