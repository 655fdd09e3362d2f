"""Reader of ``paths.json``, which ``python -m reports.record`` writes: runs and partings.

Two backends *part* at the first step at which their points differ in a bit.
"""

import base64
import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from reference import OPTIMIZERS
from reports.scenes import Scene, collect
from reports.typed import readable
from reports.words import counted


@dataclass(frozen=True)
class RecordedRun:
    """An optimizer's runs in a scene on a target: one for each learning rate.

    Attributes
    ----------
    rates, status
        The learning rates, and how each run ended. An optimizer without a learning rate has no
        rates and one run.
    points
        A float32 array (runs, steps + 1, dimension + 1) as base64: the coordinates, then the
        value, NaN after a divergence.
    """

    scene: str
    optimizer: str
    target: str
    rates: list[float]
    status: list[str]
    points: str


@dataclass(frozen=True)
class RecordedParting:
    """Where the run of a golden first differs between two targets.

    Attributes
    ----------
    row
        The first step at which the points differ; None if they never do.
    before
        The last common point.
    points
        The first coordinate that differs after the step, on each target.
    ulps, last
        The difference after that step and at the end, in units in the last place.
    cause
        The operation that differs, in words.
    """

    golden: str
    pair: tuple[str, str]
    row: int | None
    before: list[str] = field(default_factory=list)
    points: tuple[str, str] = ("", "")
    ulps: float = 0.0
    last: float = 0.0
    cause: str = ""


@dataclass(frozen=True)
class Recorded:
    """All readable results, and in ``left_out`` a sentence for each unreadable part."""

    steps: int = 0
    runs: list[RecordedRun] = field(default_factory=list)
    partings: list[RecordedParting] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read(folder: Path) -> Recorded:
    """Read ``paths.json`` from ``folder``; leave out runs and partings that cannot be shown."""
    path = folder / "paths.json"
    if not path.exists():
        return Recorded()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        steps, runs, partings = int(data["steps"]), list(data["runs"]), list(data["partings"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        return Recorded(left_out=[f"{path.name} is damaged: {type(error).__name__} {error}"])
    scenes = collect()
    shown = [run for run in readable(runs, RecordedRun) if _can_be_shown(run, scenes, steps)]
    parted = list(filter(_complete, readable(partings, RecordedParting)))
    lost = {"run": len(runs) - len(shown), "parting": len(partings) - len(parted)}
    left_out = [f"{path.name}: {counted(n, w)} cannot be shown" for w, n in lost.items() if n]
    return Recorded(steps, shown, parted, left_out)


def _can_be_shown(run: RecordedRun, scenes: dict[str, Scene], steps: int) -> bool:
    """Whether a run has all its numbers, and a scene and optimizer that this commit knows."""
    known = run.scene in scenes and run.optimizer in OPTIMIZERS
    if not known or not all(map(math.isfinite, run.rates)):
        return False
    count = len(run.rates) or 1
    numbers = count * (steps + 1) * (len(scenes[run.scene].start) + 1)
    try:
        size = len(base64.b64decode(run.points, validate=True))
    except ValueError:
        return False
    return size == 4 * numbers and len(run.status) == count


def _complete(parting: RecordedParting) -> bool:
    """Whether a parting has a step, cause and numbers, or says that there is none."""
    if parting.row is None:
        return True
    known = parting.row > 0 and parting.cause and all(parting.points)
    return bool(known) and math.isfinite(parting.ulps + parting.last)
