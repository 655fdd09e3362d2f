"""A subject on one tape: its parameters after each step, and what else it did."""

import io
import sysconfig
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import TypeVar

import numpy as np

from backends.conformance.dtypes import numpys
from backends.conformance.subjects import Array, Running, Start, Subject
from backends.conformance.tapes import Kind
from backends.protocol import Unsupported
from reference import Invalid, Tape
from reference.arrays import Reals
from reference.errors import LONGEST
from reference.precision import PRECISIONS

T = TypeVar("T")
SUITE = [Path(__file__).resolve().parents[2] / n for n in ("backends", "benchmarks", "reference")]
CRASHES = (Exception, SystemExit)  # what a subject may raise without ending the check


class Misbehaved(Exception):
    """A step did something that no optimizer may, whatever its formula."""


class Raised(Exception):
    """A subject's own code raised while it was made."""


@dataclass
class Recording:
    """What a subject did.

    Attributes
    ----------
    points
        (rows, d) parameters after 0, 1, 2, ... steps, as far as it came.
    stopped
        Why it did not come to the end, or "".
    unsupported
        Whether that is no fault: it cannot be run so.
    misbehaved
        Whether that is a fault, even if it never came to an end.
    raised
        Whether its own code raised.
    notes
        What it did besides: printed, changed its gradients.
    """

    rows: list[Array] = field(default_factory=list)
    stopped: str = ""
    unsupported: bool = False
    misbehaved: bool = False
    raised: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def points(self) -> Reals:
        return np.array(self.rows)

    def note(self, words: str) -> None:
        if words not in self.notes:
            self.notes.append(words)


@contextmanager
def quiet(recording: Recording) -> Iterator[None]:
    """Keep what a subject prints out of the output, and say that it did."""
    printed = io.StringIO()
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(printed))
        stack.enter_context(redirect_stderr(printed))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            lines = printed.getvalue().strip().splitlines()
            if lines:
                recording.note(f"it prints, first {lines[0][:80]!r}")


def made(recording: Recording, make: Callable[[], T]) -> T:
    """Return what a subject's own code makes; raises `Raised` if that raises."""
    with quiet(recording):
        try:
            return make()
        except Invalid:
            raise
        except CRASHES as error:
            words = f"{type(error).__name__} while it was made{_at(error)}: {line(error)}"
            raise Raised(f"it raised {words}") from error


def record(
    subject: Subject, kind: Kind, tape: Tape, path: str, rates: Sequence[float] | None = None
) -> Recording:
    """Run ``subject`` on ``tape``, handed over as ``kind`` says; what it raises is recorded.

    Parameters
    ----------
    rates
        The learning rate of each step, where it changes.
    """
    recording = Recording()
    with quiet(recording):
        try:
            start = _start(kind, tape, path, rates)
            with subject.scope(_widest(kind, tape.dtype)):
                _take(recording, subject, kind, tape, start)
        except Unsupported as reason:
            recording.stopped, recording.unsupported = line(reason), True
        except Misbehaved as what:
            recording.stopped, recording.misbehaved = str(what), True
        except CRASHES as error:
            where = f"in step {len(recording.rows)}" if recording.rows else "at the start"
            words = f"{type(error).__name__} {where}{_at(error)}: {line(error)}"
            recording.stopped, recording.raised = f"it raised {words}", True
    return recording


def _widest(kind: Kind, dtype: str) -> str:
    return max(kind.dtypes(dtype), key=lambda name: PRECISIONS[name].bits)


def _start(kind: Kind, tape: Tape, path: str, rates: Sequence[float] | None) -> Start:
    return Start(
        [_laid(x, kind.layout == "all apart") for x in _arrays(kind, tape.start, tape.dtype)],
        tape.dtype,
        path,
        None if rates is None else tuple(rates),
        kind.groups,
    )


def line(error: BaseException) -> str:
    """Return an error's message in one line that is not too long."""
    words = " ".join(str(error).split())
    return words[:LONGEST] + "..." * (len(words) > LONGEST) if words else "without a message"


def _at(error: BaseException) -> str:
    """Return the last line of the subject's own code that an error went through, in words."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _own(frame.filename)]
    return f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _own(file: str) -> bool:
    """Whether a file is neither the suite's, nor Python's, nor an installed package's."""
    places = (*SUITE, Path(sysconfig.get_path("stdlib")))
    path = Path(file)
    installed = "site-packages" in path.parts or file.startswith("<")
    return not installed and not any(path.is_relative_to(place) for place in places)


def _take(recording: Recording, subject: Subject, kind: Kind, tape: Tape, start: Start) -> None:
    given = [(each.shape, each.dtype.name) for each in start.arrays]
    running = subject.start(start)
    recording.rows.append(_row(running.get(), given, started=True))
    memory = [np.empty_like(each) for each in _arrays(kind, tape.start, _dtype(kind, tape))]
    for t, g in enumerate(tape.gradients, 1):
        if kind.reload and t == kind.reload + 1:
            running.reload()
        if start.rates is not None:
            running.rate(start.rates[t - 1])
        _step(recording, running, _handed(kind, tape, g, memory), kind, t)
        recording.rows.append(_row(running.get(), given))


def _step(
    recording: Recording, running: Running, arrays: Sequence[Array], kind: Kind, t: int
) -> None:
    handed = [None if t in kind.missing.get(i, ()) else g for i, g in enumerate(arrays)]
    before = [each.copy() for each in arrays]
    running.step(handed)
    same = map(_same, arrays, before)
    if not all(same):
        recording.note("it changes the gradients that it is given")


def _same(a: Array, b: Array) -> bool:
    return np.array_equal(a, b, equal_nan=True)


def _dtype(kind: Kind, tape: Tape) -> str:
    return "float16" if kind.half else tape.dtype


def _arrays(kind: Kind, flat: Array, dtype: str) -> list[Array]:
    """Spread numbers over arrays, with copies side by side."""
    if kind.copies > 1:
        return [np.tile(flat, kind.copies).astype(numpys(dtype))]
    ends = np.cumsum([prod(shape) for shape in kind.shapes])
    parts = zip(np.split(flat, ends[:-1]), kind.shapes, kind.dtypes(dtype), strict=True)
    return [part.astype(numpys(name)).reshape(shape) for part, shape, name in parts]


def _laid(array: Array, apart: bool) -> Array:
    return np.asfortranarray(array) if apart else array


def _handed(kind: Kind, tape: Tape, g: Array, memory: Sequence[Array]) -> Sequence[Array]:
    """Return a step's gradients, in the layout and in the memory that the kind asks for."""
    arrays = _arrays(kind, g, _dtype(kind, tape))
    if not kind.reused:
        return [_laid(each, kind.layout != "packed") for each in arrays]
    for kept, each in zip(memory, arrays, strict=True):
        kept[...] = each
    return memory


def _row(
    arrays: Iterable[Array], given: Sequence[tuple[tuple[int, ...], str]], started: bool = False
) -> Array:
    """Return all parameters as one row, if they have the shapes and dtypes that were given.

    Those of 16 bits are float32 there, in which numpy computes.
    """
    found = list(arrays)
    for each, (shape, dtype) in zip(found, given, strict=True):
        if each.shape != shape:
            raise Misbehaved(f"it makes parameters of shape {shape} into such of {each.shape}")
        if each.dtype.name != dtype:
            if started:
                raise Unsupported(f"it computes in {each.dtype}")
            raise Misbehaved(f"it makes {dtype} parameters into {each.dtype}")
    wide = [each.astype(PRECISIONS[d].wide) for each, (_, d) in zip(found, given, strict=True)]
    return np.concatenate([each.ravel() for each in wide])
