"""How long the first run takes: what a user waits before anything is warm."""

import os

from asv_runner.benchmarks.mark import SkipNotImplemented

import backends
from benchmarks._checks import case_called, check_path
from benchmarks._grid import GRID
from benchmarks._older import start_of
from benchmarks._timed import attributes


class FirstRun:
    """The first compiled run of a process; the framework is imported, nothing is compiled.

    One case must do: torch's takes twenty seconds.
    """

    version = "1"
    params = (GRID.few[-1:], GRID.compilers)
    param_names = ("case", "target")
    timeout = 300
    rounds = 2  # a process each, for a process has one first run
    repeat = 1
    number = 1
    warmup_time = 0
    min_run_count = 1

    def setup(self, case: str, target: str) -> None:
        self.path: backends.Path | None = None
        # torch keeps compiled kernels on disk, and would time the disk
        os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"
        self.case = case_called(case)
        backends.show(
            start_of(self.case), target, self.case.dtype
        )  # imports, and starts the device

    @attributes(pretty_name="First compiled run of a process")
    def time_first_run(self, case: str, target: str) -> None:
        try:
            self.path = backends.run(self.case, target, "compiled")
        except backends.Unsupported as why:  # asv takes it for a skip in setup only
            raise SkipNotImplemented(str(why)) from why

    def teardown(self, case: str, target: str) -> None:
        if self.path is not None:
            check_path(self.path)
