"""What a step costs in counts, which are the same in every run: asv's history without noise."""

import tempfile
from pathlib import Path
from typing import TypeAlias

import backends
from benchmarks._catalogue import Cell, cells
from benchmarks._grid import GRID
from benchmarks._timed import attributes
from benchmarks.regressions import counters, instructions
from benchmarks.regressions.builds import Build, processors

Found: TypeAlias = dict[str, dict[str, float]]

METRICS = {  # each with a part of the names of the work that has it
    "bytecodes": "",
    "operations": "torch:",
    "kernels": "jax:",
    "bytes": "jax:",
    "new outputs": "jax:",
    "communications": "sharded",
    "evaluations": "trajectory",
    "allocated bytes": "numpy:",
}
WORK = tuple(
    cell.name
    for cell in cells()
    if cell.target in GRID.hosts
    if cell.kind != "sweep" and cell.by_default
)


def _measured() -> Build:
    """The packages that this process imports."""
    return Build("installed", Path(backends.__file__).resolve().parents[1])


def _of(target: str) -> list[Cell]:
    return [cell for cell in cells() if cell.name in WORK and cell.target == target]


def _value(found: Found, metric: str, work: str) -> float:
    """A count; one that there is not is an asv skip."""
    try:
        return found[work][metric]
    except KeyError:
        raise NotImplementedError(f"no {metric} of {work}") from None


class Instructions:
    """Instructions of twenty updates, or of a trajectory, on one thread, by callgrind."""

    version = "1"
    unit = "instructions"
    params = (tuple(cell.name for cell in cells() if cell.name in WORK and not cell.large),)
    param_names = ("work",)
    timeout = 60

    @attributes(timeout=1800)
    def setup_cache(self) -> Found:
        found: Found = {}
        if instructions.missing():
            return found
        with tempfile.TemporaryDirectory() as scratch:
            for target in GRID.hosts:
                folder = Path(scratch, target.replace(":", "-"))
                small = [cell for cell in _of(target) if not cell.large]
                instructions.start(
                    _measured(), small, folder, Path(scratch, "jax"), processors()[0]
                ).wait()
                counts, _ = instructions.collect(folder)
                found |= {name: {"instructions": count} for name, count in counts.items()}
        return found

    def setup(self, found: Found, work: str) -> None:
        missing = instructions.missing()
        if missing:
            raise NotImplementedError(missing)
        _value(found, "instructions", work)

    @attributes(pretty_name="Instructions")
    def track_instructions(self, found: Found, work: str) -> float:
        return _value(found, "instructions", work)


class Frameworks:
    """What Python and the frameworks count by themselves of the same work."""

    version = "1"
    unit = "count"
    params = (WORK, tuple(METRICS))
    param_names = ("work", "metric")
    skip_params = tuple(
        (work, metric) for work in WORK for metric, of in METRICS.items() if of not in work
    )
    timeout = 60

    @attributes(timeout=900)
    def setup_cache(self) -> Found:
        found: Found = {}
        with tempfile.TemporaryDirectory() as scratch:
            for target in GRID.hosts:
                folder = Path(scratch, target.replace(":", "-"))
                counters.start(_measured(), target, _of(target), folder).wait()
                found |= counters.collect(folder)["counts"]
        return found

    def setup(self, found: Found, work: str, metric: str) -> None:
        _value(found, metric, work)

    @attributes(pretty_name="Operations, kernels, programs and bytecodes")
    def track_count(self, found: Found, work: str, metric: str) -> float:
        return _value(found, metric, work)
