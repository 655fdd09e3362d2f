"""How a study scales over workers of Dask on this machine, and what the model predicts of it."""

import json
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from backends.studies import model, plan
from backends.studies.conditions import machine, versions
from backends.studies.folder import files
from backends.studies.grids import SLACK
from backends.studies.model import Constants, Prediction
from backends.studies.plan import Study
from backends.studies.running import Workers, contents
from backends.studies.store import Store, metadata

WORKERS = (1, 2, 4)
IDLE = 2.0  # seconds in which nothing is asked of a cluster
TASKS = 400  # without rows, to measure what a task costs
LARGE = 10**12, 1000  # members and workers of the study on paper
LARGE_MEMORY = 2**31  # bytes of a worker there
HEADING = (
    *("scaling", "workers", "parts", "members"),
    *("seconds", "ratio to one", "predicted", "CPU of parts", "of client", "scheduling"),
)
PROBE = 2**26  # bytes that the client writes, to measure how fast it does


@dataclass(frozen=True)
class Timing:
    """A timed run: ``kind`` is "strong", the whole study, or "weak", parts for each worker.

    The processors' seconds tell more than the clock's where other processes run: ``parts_cpu`` is
    what the parts took, and ``client_cpu`` what the scheduler and the client did, which share a
    process, beyond what they take when idle. ``predicted`` is the model's time on idle cores.
    """

    kind: str
    workers: int
    parts: int
    members: int
    seconds: float
    parts_cpu: float
    client_cpu: float
    stored: int
    predicted: float = 0.0


@dataclass(frozen=True)
class Scaling:
    """What was measured, the constants that follow, and the study on paper."""

    study: str
    cores: int
    load: tuple[float, ...]
    machine: dict[str, str]
    constants: Constants
    timings: tuple[Timing, ...]
    large: Prediction

    def ratio(self, timing: Timing) -> float:
        """How many times faster (strong), or how many times as long (weak), than one worker."""
        one = next(t for t in self.timings if t.kind == timing.kind and t.workers == 1)
        pair = (one.seconds, timing.seconds)
        return pair[0] / pair[1] if timing.kind == "strong" else pair[1] / pair[0]


def measure(source: Path, out: Path) -> Scaling:
    """Time a study with 1, 2 and 4 workers, and write ``out``, a JSON file.

    Results go to a temporary folder. All runs are on this machine, one after another.
    """
    study = plan.read(source)
    timings, task = [], 0.0
    for count in WORKERS:
        with _cluster(count) as workers:
            _warm(study, workers)
            idle, task = _idle(), task or _task(workers)
            whole, some = study.count, max(1, study.count // max(WORKERS)) * count
            timings.append(_timed("strong", study, whole, workers, idle))
            timings.append(_timed("weak", study, min(some, whole), workers, idle))
    constants = _constants(study, timings[0], task)
    cores = os.cpu_count() or 1
    predicted = tuple(_predicted(t, constants, cores) for t in timings)
    part = model.part_for(constants, LARGE[1], LARGE_MEMORY)
    large = model.predict(constants, *LARGE, part)
    found = Scaling(study.name, cores, os.getloadavg(), machine(), constants, predicted, large)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")
    return found


@contextmanager
def _cluster(count: int) -> Iterator[Workers]:
    from distributed import Client, LocalCluster

    options: dict[str, Any] = {
        "threads_per_worker": 1,
        "dashboard_address": None,
        "silence_logs": logging.CRITICAL,
    }
    with (
        LocalCluster(n_workers=count, processes=True, **options) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield Workers(client.get_executor(pure=False), count)


def _warm(study: Study, workers: Workers) -> None:
    """Let every worker import what it needs: a part each, and one more for the slowest."""
    parts = list(islice(study.parts(versions(study.targets)), workers.count + 1))
    for _ in contents(parts, workers):
        pass


def _nothing(number: int) -> int:
    return number


def _task(workers: Workers) -> float:
    """The seconds of a task without work, of many."""
    assert workers.executor is not None
    begun = time.process_time()
    for future in [workers.executor.submit(_nothing, i) for i in range(TASKS)]:
        future.result()
    return (time.process_time() - begun) / TASKS


def _idle() -> float:
    """The share of a processor that the scheduler and the client take without any work."""
    time.sleep(IDLE)  # until what it has just done is over
    begun = time.process_time()
    time.sleep(IDLE)
    return (time.process_time() - begun) / IDLE


def _timed(kind: str, study: Study, count: int, workers: Workers, idle: float) -> Timing:
    parts = list(islice(study.parts(versions(study.targets)), count))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder, study.name), study)
        begun = time.perf_counter(), time.process_time()
        for part, content in contents(parts, workers):
            store.write(part, content)
        took = time.perf_counter() - begun[0], time.process_time() - begun[1]
        written = list(files(store.folder))
        computed = sum(metadata(path)["cpu"] for path in written)
        stored = sum(path.stat().st_size for path in written)
    members = sum(map(len, parts))
    client = max(0.0, took[1] - idle * took[0])
    return Timing(kind, workers.count, len(parts), members, took[0], computed, client, stored)


def _constants(study: Study, one: Timing, task: float) -> Constants:
    first = next(study.parts(versions(study.targets)))
    with tempfile.TemporaryDirectory() as folder:
        store, content = Store(Path(folder, study.name), study), os.urandom(PROBE)
        begun = time.perf_counter()
        store.write(first, content)
        disk = (time.perf_counter() - begun) / PROBE
    received = max(0.0, one.client_cpu - one.parts * task) / one.stored
    widest = max(grid.row_bytes for grid in study.grids)
    return Constants(
        member_seconds=one.parts_cpu / one.members,
        member_bytes=one.stored / one.members,
        member_memory=SLACK * widest,
        task_seconds=task,
        write_rate=1 / (disk + received),
    )


def _predicted(timing: Timing, constants: Constants, cores: int) -> Timing:
    part = -(-timing.members // timing.parts)
    found = model.predict(constants, timing.members, timing.workers, part, cores)
    return Timing(**{**asdict(timing), "predicted": found.seconds})


def from_json(text: str) -> Scaling:
    """Read what `measure` wrote; raises KeyError, TypeError or ValueError if it is damaged."""
    known = json.loads(text)
    parts = {
        "constants": Constants(**known["constants"]),
        "timings": tuple(Timing(**timing) for timing in known["timings"]),
        "large": Prediction(**known["large"]),
    }
    return Scaling(**{**known, **parts})


def rows(found: Scaling) -> list[tuple[str, ...]]:
    """Return the table of timings as texts, its heading first."""
    table: list[tuple[str, ...]] = [HEADING]
    for t in found.timings:
        numbers = f"{t.seconds:.3g}", f"{found.ratio(t):.2f}", f"{t.predicted:.3g}"
        counts = str(t.workers), str(t.parts), f"{t.members:,}"
        task = found.constants.task_seconds * t.parts / t.parts_cpu
        cpu = f"{t.parts_cpu:.3g}", f"{t.client_cpu:.3g}", f"{task:.2%}"
        table.append((t.kind, *counts, *numbers, *cpu))
    return table


def text(found: Scaling) -> str:
    """Return the tables for a terminal."""
    table = rows(found)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in table]
    return "\n".join([*lines, "", *sentences(found)])


def sentences(found: Scaling) -> list[str]:
    """Say the constants, and the study on paper."""
    c, large = found.constants, found.large
    load = ", ".join(f"{x:.1f}" for x in found.load)
    return [
        f"Measured on {found.cores} shared cores; load {load} in the last 1, 5, 15 minutes.",
        f"A member takes {c.member_seconds * 1e6:.3g} µs and {c.member_bytes:.3g} bytes; a task "
        f"costs scheduler and client {c.task_seconds * 1e3:.3g} ms, whose share of the parts "
        f"is the column scheduling; the client takes in and writes "
        f"{c.write_rate / 2**20:.4g} MiB a second. CPU is in seconds; predictions are for idle "
        "cores.",
        f"On paper, {large.members:.0e} members on {large.workers:,} workers: {large.parts:,} "
        f"parts of {large.part:,} members; {large.seconds / 3600:.3g} hours, limited by "
        f"{large.limit}; "
        f"{large.moved / 2**40:.3g} TiB moved; the scheduler costs {large.overhead:.2%} of a part; "
        f"{large.worker_memory / 2**20:.4g} MiB a worker, {large.client_memory / 2**30:.3g} GiB in "
        "flight at the client.",
    ]
