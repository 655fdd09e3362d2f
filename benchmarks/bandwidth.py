"""How fast memory gives and takes numbers: what no update of many parameters can exceed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from benchmarks._checks import Wrong
from benchmarks._grid import GRID
from benchmarks._timed import Timed, attributes
from benchmarks.machine import threads

N = 10_000_000
MOVED = {"copy": 8, "add": 12}  # bytes for each number: one or two read, and one written


def _by_numpy(work: str, device: str) -> tuple[Callable[[], object], Any]:
    """The move, a part of the numbers in each thread, and where they go."""
    source, aim = np.ones(N, np.float32), np.zeros(N, np.float32)
    sources, aims = (np.array_split(array, threads()) for array in (source, aim))
    pool = ThreadPoolExecutor(threads())
    if work == "copy":
        return lambda: list(pool.map(np.copyto, aims, sources)), aim
    return lambda: list(pool.map(np.add, aims, sources, aims)), aim


def _by_torch(work: str, device: str) -> tuple[Callable[[], object], Any]:
    """The same by torch, on any device."""
    import torch

    source, aim = torch.ones(N, device=device), torch.zeros(N, device=device)
    move = aim.copy_ if work == "copy" else aim.add_

    def moved() -> None:
        move(source)
        if device == "cuda":
            torch.cuda.synchronize()

    return moved, aim


MOVERS = {"numpy": _by_numpy, "torch": _by_torch}


class Bandwidth(Timed):
    """Ten million float32 numbers, as many as the largest updates have, by all threads."""

    version = "1"
    params = (tuple(MOVED), tuple(t for t in GRID.targets if t.split(":")[0] in MOVERS))
    param_names = ("work", "target")

    def setup(self, work: str, target: str) -> None:
        backend, device = target.split(":")
        self.move, self.aim = MOVERS[backend](work, device)
        self.move()  # touches the pages and starts the threads
        self.aim[:] = 0

    @attributes(pretty_name="Ten million numbers copied, or added to others")
    def time_move(self, work: str, target: str) -> None:
        self.move()

    def teardown(self, work: str, target: str) -> None:
        if not (self.aim == 1).all():
            raise Wrong(f"{work} by {target}: not all numbers have arrived")
