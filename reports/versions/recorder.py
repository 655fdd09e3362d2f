"""What one release computes, bit by bit: a process that its interpreter runs.

It computes the texts of all goldens, every step of every case, and steps on many parameters, and
measures each function's rounding. Asked again, it repeats single steps, and records the result of
every operation in them.
"""

import pickle
import platform
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

import backends
import reference
from backends.binding import bind
from backends.native import flat, kind_of, unflat
from backends.parting import traced
from backends.targets import derivatives_of, engine, modes_of, optimizer
from backends.tracing import Operation, keep
from benchmarks._workloads import numbers
from benchmarks.machine import describe
from benchmarks.regressions.builds import Build, check_imported, die_with_parent
from benchmarks.regressions.instructions import attempt

MANY, STEPS = 1000, 20  # parameters and steps of an update: enough for code that works on vectors
LARGEST = 2**16  # numbers of an array that is kept
VALUES = 0  # in the place of a step: the objective's values at all points
ASKED, FOUND, PROGRESS = "asked.pickle", "found.pickle", "progress"
PROGRAM = """import sys
from reports.versions.recorder import main  # by the name under which what it pickles is found
main(sys.argv[1])"""


@dataclass(frozen=True, order=True)
class Work:
    """A trajectory or an update whose every step is recorded.

    Attributes
    ----------
    subject
        The id of a case, or for updates that of an optimizer.
    dtype
        "float32" or "float64".
    mode
        "eager" or "compiled"; of updates, "update".
    """

    subject: str
    dtype: str
    mode: str

    def __str__(self) -> str:
        if self.mode == "update":
            return f"{self.subject} on {MANY:,} parameters, {self.dtype}"
        return f"{self.subject}, {self.dtype}, {self.mode}"

    @property
    def case(self) -> reference.Case:
        """The case of a trajectory, in this dtype."""
        return replace(reference.CASES[self.subject], dtype=self.dtype)


class Bits(NamedTuple):
    """Points (n + 1, d) and values (n + 1,) of a trajectory; of updates, no values."""

    points: Any
    values: Any


def works(target: str) -> list[Work]:
    """All that is recorded of a target."""
    cases = reference.distinct(reference.CASES)
    runs = [Work(c, d, m) for c in cases for d in reference.DTYPES for m in modes_of(target)]
    first = (name for name, spec in reference.OPTIMIZERS.items() if spec.first_order)
    return [*runs, *(Work(o, d, "update") for o in first for d in reference.DTYPES)]


def bits(work: Work, target: str) -> Bits:
    """Do the work, and return every step."""
    if work.mode != "update":
        path = backends.run(work.case, target, work.mode)
        return Bits(path.points, path.values)
    updater = backends.updater(work.subject, target, work.dtype)
    start, gradients = numbers(MANY, STEPS)
    state = updater.init(start)
    points = [updater.get(state).copy()]
    for g in gradients:
        state = updater.step(state, updater.put(g))
        points.append(updater.get(state).copy())  # or a view of memory that changes
    return Bits(np.stack(points), np.empty(0, work.dtype))


def operations(work: Work, target: str, step: int) -> list[Operation]:
    """The operations of a step, one after another, or of the values of all points of a run."""
    if work.mode == "update":
        return _update(work, target, step)
    path = backends.run(work.case, target, "eager")
    found = _values(path) if step == VALUES else traced(path, step).operations
    return [Operation(o.name, tuple(map(_light, o.inputs)), _light(o.result)) for o in found]


def _light(array: Any) -> Any:
    """The array; or 32 bytes that stand for one so large that a run's would fill the memory."""
    if array.size <= LARGEST:
        return array
    return np.frombuffer(sha256(array.tobytes()).digest(), np.uint8)


def _values(path: backends.Path) -> list[Operation]:
    engine_ = engine(path.target, path.case.dtype)
    with engine_.scope():
        objective = bind(engine_, path.case, path.derivatives)

        def value(x: Any, nothing: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
            return objective.problem.value(objective.xp, objective.k, x), nothing

        _, found = engine_.trace(value, engine_.array(path.points), (), keep)
    return found


def _update(work: Work, target: str, step: int) -> list[Operation]:
    engine_, native = engine(target, work.dtype), optimizer(target, work.subject)
    hyper = reference.OPTIMIZERS[work.subject].hyper()
    start, gradients = numbers(MANY, STEPS)
    update = native.update
    assert update is not None
    with engine_.scope():
        x = engine_.array(start)
        s = native.slots(hyper, x)
        given = [engine_.array(g) for g in gradients[:step]]
        for t, g in enumerate(given[:-1], start=1):
            x, s = update(native.coefficients(hyper, t), x, g, s)
        c, kind = native.coefficients(hyper, step), kind_of(s)

        def last(x: Any, arrays: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
            x, slots = update(c, x, given[-1], unflat(kind, arrays))
            return x, flat(slots)

        _, found = engine_.trace(last, x, flat(s), keep)
    return found


def texts(target: str) -> dict[str, str]:
    """What the target prints for each golden, eagerly."""
    found = {}
    for name, golden in reference.GOLDENS.items():
        chosen = golden.derivatives if golden.derivatives in derivatives_of(target) else None
        runner = backends.TargetRunner(target, "eager", chosen)
        text = attempt(partial(golden.text, runner)) if golden.line else NotImplementedError()
        if not isinstance(text, NotImplementedError):
            found[name] = str(text)
    return found


def environment() -> dict[str, str]:
    """The machine, Python, and all that is installed beside it."""
    installed = {d.name: d.version for d in distributions()}
    return {**describe(), "python": platform.python_version(), **dict(sorted(installed.items()))}


Tell = Callable[[int, int], None]  # how many of how many are done


def record(target: str, tell: Tell) -> dict[str, Any]:
    """All that is compared between releases.

    Returns
    -------
    "environment", "texts" by golden, "bits" by `Work` (a `Bits`, or the exception in its place),
    and "arithmetic" by dtype, rows as `backends.measuring.Measured` describes them.
    """
    found: dict[str, Any] = {"environment": environment(), "texts": texts(target), "bits": {}}
    wanted = works(target)
    for number, work in enumerate(wanted):
        tell(number, len(wanted))
        found["bits"][work] = attempt(partial(bits, work, target))
    found["arithmetic"] = {
        dtype: [vars(row) for row in backends.arithmetic(target, dtype).measured]
        for dtype in reference.DTYPES
    }
    return found


def ask(build: Build, folder: Path, *request: Any) -> Any:
    """Let a release's interpreter answer a request.

    Returns
    -------
    To "record", target: what `record` returns. To "operations", target, and a list of works with
    a step each: by these the operations, or the exceptions in their place.

    Raises
    ------
    RuntimeError
        If it fails; the message ends with the last line that it wrote.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (FOUND, PROGRESS):
        (folder / name).unlink(missing_ok=True)
    (folder / ASKED).write_bytes(pickle.dumps(request))
    command = (build.python, "-c", PROGRAM, str(folder))
    log = folder / "log.txt"
    with log.open("wb") as out, tqdm(desc=str(request[0]), unit="run", disable=None) as bar:
        process = subprocess.Popen(command, env=build.environment(), stdout=out, stderr=out)
        try:
            while process.poll() is None:
                time.sleep(0.2)
                _show(bar, folder / PROGRESS)
        finally:
            process.kill()
    if process.returncode or not (folder / FOUND).exists():
        last = log.read_text(errors="replace").strip().splitlines()[-1:]
        raise RuntimeError(f"{build.python} failed with {process.returncode}: {''.join(last)}")
    return pickle.loads((folder / FOUND).read_bytes())


def _show(bar: Any, progress: Path) -> None:
    """Move the bar to where the process is, if it has said so."""
    with suppress(OSError, ValueError):  # not yet, or half of it
        bar.n, bar.total = map(int, progress.read_text().split())
        bar.refresh()


def _all_operations(
    target: str, wanted: list[tuple[Work, int]], tell: Tell
) -> dict[tuple[Work, int], Any]:
    found = {}
    for number, (work, step) in enumerate(wanted):
        tell(number, len(wanted))
        found[work, step] = attempt(partial(operations, work, target, step))
    return found


def main(folder: str) -> None:
    """Answer one request."""
    die_with_parent()
    check_imported()
    kind, target, *rest = pickle.loads(Path(folder, ASKED).read_bytes())

    def tell(done: int, every: int) -> None:
        Path(folder, PROGRESS).write_text(f"{done} {every}")

    found = record(target, tell) if kind == "record" else _all_operations(target, rest[0], tell)
    draft = Path(folder, "draft.pickle")
    draft.write_bytes(pickle.dumps(found))
    draft.replace(Path(folder, FOUND))
