"""What the frameworks and Python count by themselves: one process for a commit and a target.

All but the bytes are the same in every run of the same code on the same libraries and processor.
"""

import gc
import os
import pickle
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks._catalogue import Cell, make
from benchmarks._older import printed
from benchmarks._sharded import dispatched, forced
from benchmarks._workloads import Trajectory
from benchmarks.regressions.builds import Build, check_imported, die_with_parent
from benchmarks.regressions.instructions import attempt, repetitions
from benchmarks.regressions.programs import Programs

FOUND = "counters.pickle"
WARM = 2


def start(
    build: Build, target: str, cells: list[Cell], folder: Path, texts: bool = True
) -> "subprocess.Popen[bytes]":
    """Start to count, and with ``texts`` to print the goldens; `collect` reads what is found."""
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted count has left
    folder.mkdir(parents=True)
    (folder / "cells.pickle").write_bytes(pickle.dumps((target, cells, texts)))
    command = (build.python, "-m", "benchmarks.regressions.counters", str(folder))
    dumps = f"--xla_dump_to={folder / 'xla'} --xla_dump_hlo_as_text"
    environment = build.environment(
        XLA_FLAGS=f"{forced(os.environ.get('XLA_FLAGS', ''))} {dumps}",
        JAX_ENABLE_COMPILATION_CACHE="false",  # what comes from the cache is not dumped
    )
    with (folder / "log.txt").open("wb") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def collect(folder: Path) -> dict[str, Any]:
    """The "counts" of each cell, its "results", and the "texts" of goldens; empty where none."""
    path = folder / FOUND
    found: dict[str, Any] = {"counts": {}, "results": {}, "texts": {}}
    return found | (pickle.loads(path.read_bytes()) if path.exists() else {})


def bytecodes(work: Callable[[], None]) -> int:
    """How many instructions Python's interpreter executes."""
    count = 0

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "opcode"
        return local

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return local

    gc.disable()  # a framework's callbacks at a collection are Python, too
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
        gc.enable()
    return count


def allocated(work: Callable[[], None]) -> int:
    """By how many bytes what Python and numpy allocate grows at most."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def _torch(work: Callable[[], None]) -> dict[str, float]:
    """Operations that torch dispatches, kernels of inductor's among them, and communications."""
    found = dispatched(work)
    return {"operations": found.operations, "communications": len(found.sent)}


def _compilations() -> Callable[[], int]:
    """How many programs JAX or torch have compiled until now, of what is imported."""
    events = []
    if "jax" in sys.modules:
        import jax

        def compiled(event: str, duration: float, **more: Any) -> None:
            if event.endswith("backend_compile_duration"):
                events.append(event)

        jax.monitoring.register_event_duration_secs_listener(compiled)

    def count() -> int:
        graphs = 0
        if "torch._dynamo.utils" in sys.modules:
            from torch._dynamo.utils import counters

            graphs = int(counters["stats"]["unique_graphs"])
        return len(events) + graphs

    return count


def _counted(cell: Cell, programs: Programs, compiled: Callable[[], int]) -> tuple[Any, Any]:
    """A cell's counts, and where its work led."""
    work, count = make(cell), repetitions(cell) if not cell.large else 2

    def once() -> None:
        work.take(count)

    def fresh(measure: Callable[[Callable[[], None]], Any]) -> Any:
        work.start()
        return measure(once)

    for _ in range(WARM):
        fresh(lambda take: take())
    counts: dict[str, float] = programs.new() if cell.backend == "jax" else {}
    before = compiled()
    fresh(lambda take: take())
    counts["compilations"] = compiled() - before
    counts["bytecodes"] = fresh(bytecodes)
    if cell.backend == "numpy":
        counts["allocated bytes"] = fresh(allocated)
    if cell.backend == "torch":
        counts |= fresh(_torch)
    if isinstance(work, Trajectory) and work.path is not None:
        counts["evaluations"] = sum(work.path.counts.values())
    return counts, work.result()


def main(folder: str) -> None:
    """Count in this process."""
    die_with_parent()
    check_imported()
    target, cells, texts = pickle.loads(Path(folder, "cells.pickle").read_bytes())
    __import__(target.split(":")[0])
    programs, compiled = Programs(Path(folder, "xla")), _compilations()
    counts, results = {}, {}
    for cell in cells:
        found = attempt(partial(_counted, cell, programs, compiled))
        if isinstance(found, Exception):
            results[cell.name] = found
        else:
            counts[cell.name], results[cell.name] = found
    kept = {"counts": counts, "results": results, "texts": printed(target) if texts else {}}
    Path(folder, FOUND).write_bytes(pickle.dumps(kept))


if __name__ == "__main__":
    main(*sys.argv[1:])
