"""How exact the runs are: the worst error of any step, against 50 digits."""

from dataclasses import replace
from itertools import product

import backends
from benchmarks._cells import Cells, attempt, value
from benchmarks._checks import case_called, check_path
from benchmarks._grid import GRID
from benchmarks._timed import attributes


def worst(case: str, target: str, dtype: str) -> float:
    """The largest error of a run in its backend's default mode, in units in the last place."""
    path = backends.run(replace(case_called(case), dtype=dtype), target)
    return round(float(check_path(path).ulps), 2)


class Accuracy:
    """The worst step within the horizon; computed all at once, because processes cost more."""

    version = "1"
    unit = "ulp"
    params = (GRID.cases, GRID.targets, GRID.dtypes)
    param_names = ("case", "target", "dtype")
    timeout = 60

    @attributes(timeout=600)
    def setup_cache(self) -> Cells:
        return {cell: attempt(worst, *cell) for cell in product(*self.params)}

    def setup(self, cells: Cells, *cell: str) -> None:
        value(cells, *cell)

    @attributes(pretty_name="Worst error of a trajectory")
    def track_ulps(self, cells: Cells, *cell: str) -> float:
        return value(cells, *cell)
