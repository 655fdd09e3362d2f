"""How much memory an update needs: parameters, state and temporaries, without the gradient.

This is the growth of the process's peak, in bytes per parameter; the peak itself, asv's
``peakmem``, is mostly the frameworks' own code. Host memory only: a device's is not the process's.
"""

import gc
import re
from itertools import product
from pathlib import Path

from benchmarks._cells import Cells, attempt, value
from benchmarks._grid import GRID
from benchmarks._timed import attributes
from benchmarks._workloads import ours

PROC = Path("/proc/self")
N = 10_000_000  # arrays so large that the allocator returns them to the system at once


def _kibibytes(name: str) -> int:
    (found,) = re.findall(rf"{name}:\s+(\d+) kB", (PROC / "status").read_text())
    return int(found)


def _forget_peak() -> None:
    (PROC / "clear_refs").write_text("5")


def extra(optimizer: str, target: str) -> float:
    """The peak of two updates of n float32 parameters above what was there before, per parameter.

    The lesser of two: the first compiles, and what a library's threads keep for themselves is not
    the update's.
    """
    if not PROC.exists():
        raise NotImplementedError("the peak is read from Linux's /proc")
    work, growths = ours(optimizer, target, N, 2), []
    for _ in range(2):
        work.state = None
        gc.collect()
        before = _kibibytes("VmRSS")
        work.start()
        _forget_peak()
        work.take(2)
        growths.append(_kibibytes("VmHWM") - before)
    work.check()
    return round(1024 * min(growths) / N, 1)


class Memory:
    """Two updates; measured all at once, because processes cost more."""

    version = "1"
    unit = "bytes/parameter"
    params = (GRID.first_order, GRID.hosts)
    param_names = ("optimizer", "target")
    timeout = 60

    @attributes(timeout=600)
    def setup_cache(self) -> Cells:
        return {cell: attempt(extra, *cell) for cell in product(*self.params)}

    def setup(self, cells: Cells, *cell: str) -> None:
        value(cells, *cell)

    @attributes(pretty_name="Memory of an update, without the gradient")
    def track_extra(self, cells: Cells, *cell: str) -> float:
        return value(cells, *cell)
