"""Where two subjects part: the first step, and the first operation in it, whose bits differ.

Both run on one tape. In the first step after which their parameters differ, every operation of each
is recorded. One that only one of them has is where that one leaves the other: all that it computed
before, up to signs, the other computed too; unless their states were different already.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from backends.conformance.alive import TAPE
from backends.conformance.given import DEFAULTS, named
from backends.conformance.recording import record
from backends.conformance.subjects import Array, Running, Start, Subject, find, settled
from backends.conformance.tapes import KINDS, shortened
from backends.conformance.tapes import tape as taped
from backends.conformance.words import number
from backends.protocol import Unsupported
from backends.tracing import Operation
from reference import DTYPES, Tape, truth
from reference.arrays import Reals
from reference.errors import choose

SHOWN = 3  # numbers of an array in words

Placed: TypeAlias = tuple[Subject, str]  # a subject, and its path


@dataclass(frozen=True)
class Parted:
    """Where two subjects part.

    Attributes
    ----------
    step, coordinate
        The first step, counted from 1, after which a parameter differs, and the first that does.
    values
        The parameter in each.
    operations
        The first operation of each that the other does not have, None where it has none.
    horizon
        The number of steps until rounding alone may lead two right subjects anywhere; None if it
        does not within the tape.
    names, dtype, tape
        What was compared: titles of both, made different where they are the same.
    ratios
        The largest error of each on the tape, before the horizon, as a multiple of its bound.
    """

    step: int
    coordinate: int
    values: tuple[float, float]
    operations: tuple[Operation | None, Operation | None]
    horizon: int | None
    names: tuple[str, str]
    dtype: str
    tape: str
    ratios: tuple[float, float]

    def __str__(self) -> str:
        one, other = self.names
        on = f"tape {self.tape!r}, {self.dtype}"
        return "\n".join(
            [
                f"{one} and {other} part in step {self.step} ({on}), parameter {self.coordinate}",
                *map(self._side, range(2)),
                f"  before that step their bits are the same; {_until(self.horizon)}",
            ]
        )

    def _side(self, i: int) -> str:
        """Return what one of the two does there, and how right it is."""
        by, held = described(self.operations[i]), _held(self.ratios[i])
        return f"  {self.names[i]}: {self.values[i]!r}, by {by}; {held}"


def _held(ratio: float) -> str:
    """Return what a subject's largest error says of it, on this tape."""
    if ratio > 1:
        return f"on this tape it is wrong, by up to {number(ratio)} times its bound"
    return f"on this tape its largest error is {ratio:.2g} of its bound"


def _until(horizon: int | None) -> str:
    if horizon is None:
        return "what is right stays within its bound to the end of the tape"
    return f"from step {horizon} on rounding alone may lead anywhere"


def described(operation: Operation | None) -> str:
    """Return an operation in words, with the first numbers of its arrays."""
    if operation is None:
        return "nothing that the other does not"
    inputs = ", ".join(map(_numbers, operation.inputs))
    return f"{operation.name}({inputs}) = {_numbers(operation.result)}"


def _numbers(array: Array) -> str:
    flat = np.ravel(array)
    words = ", ".join(repr(each.item()) for each in flat[:SHOWN])
    return words if flat.size == 1 else f"[{words}{', ...' if flat.size > SHOWN else ''}]"


def part(
    first: object,
    second: object,
    spec: str,
    hyper: Mapping[str, object] = DEFAULTS,
    dtype: str = "float32",
    paths: tuple[str | None, str | None] = (None, None),
    tape: str = TAPE,
) -> Parted | None:
    """Return where two subjects part on a tape; None if their bits are the same to its end.

    Parameters
    ----------
    first, second, spec, hyper
        Two subjects as `check` takes them, what both must be, and their hyperparameters.
    dtype, paths, tape
        In which precision, by which path of each (None for the first that it has), on which of
        `KINDS` of one array.

    Raises
    ------
    reference.Unknown, reference.Invalid
        As `check` does.
    Unsupported
        If one cannot run so.

    Examples
    --------
    >>> def folded(x, g, state):
    ...     return x - 0.1 * 0.3 * g, None
    >>> def apart(x, g, state):
    ...     return x - 0.1 * (0.3 * g), None
    >>> part(folded, apart, "gd", {"lr": 0.03}).step
    1
    """
    choose("tape", tape, [name for name, kind in KINDS.items() if kind.needs is None])
    optimizer, given = named(spec, hyper)
    pair: list[Placed] = []
    names: list[str] = []
    run: Tape | None = None
    for subject, path in zip((first, second), paths, strict=True):
        found = find(subject)
        settings = settled(found, optimizer, given)
        ready = found.make(settings)
        names.append(found.title)
        pair.append((ready, path or ready.paths[0]))
        run = run or taped(tape, optimizer, settings.ours, choose("dtype", dtype, DTYPES))
    assert run is not None
    if names[0] == names[1]:
        names = [
            f"the {order} {name}" for order, name in zip(("first", "second"), names, strict=True)
        ]
    return _parted(pair, run, (names[0], names[1]), tape)


def _parted(pair: Sequence[Placed], tape: Tape, names: tuple[str, str], of: str) -> Parted | None:
    rows = [_points(*placed, tape) for placed in pair]
    differs = rows[0] != rows[1]
    if not differs.any():
        return None
    step = int(differs.any(axis=1).argmax())
    coordinate = int(differs[step].argmax())
    operations = [_traced(*placed, tape, step) for placed in pair]
    one, other = (_unmatched(*both) for both in (operations, operations[::-1]))
    horizon = int(truth(tape).horizon.min())
    one_ratio, other_ratio = (_furthest(points, tape) for points in rows)
    return Parted(
        step,
        coordinate,
        (float(rows[0][step, coordinate]), float(rows[1][step, coordinate])),
        (one, other),
        None if horizon > tape.steps else horizon,
        names,
        tape.dtype,
        of,
        (one_ratio, other_ratio),
    )


def _furthest(points: Reals, tape: Tape) -> float:
    """Return the largest error of points (steps + 1, d), as a multiple of its bound."""
    true = truth(tape)
    rows = min(len(points), int(true.horizon.max()))
    return max(true.ratio(points[step], step) for step in range(rows))


def _begun(subject: Subject, path: str, tape: Tape) -> Running:
    return subject.start(Start([tape.start.astype(tape.dtype)], tape.dtype, path))


def _points(subject: Subject, path: str, tape: Tape) -> Reals:
    found = record(subject, shortened(len(tape.start), tape.steps), tape, path)
    if found.stopped:
        raise Unsupported(found.stopped)
    return found.points


def _traced(subject: Subject, path: str, tape: Tape, step: int) -> Sequence[Operation]:
    """Return the operations of a step, after those before it."""
    gradients = tape.gradients.astype(tape.dtype)
    with subject.scope(tape.dtype):
        running = _begun(subject, path, tape)
        for g in gradients[: step - 1]:
            running.step([g])
        return running.traced([gradients[step - 1]])


def _key(array: Array) -> tuple[str, bytes]:
    """Return what identifies an array's numbers, whatever their signs and shape."""
    return str(array.dtype), np.abs(array).tobytes()


def _unmatched(ours: Iterable[Operation], theirs: Sequence[Operation]) -> Operation | None:
    """Return the first operation whose numbers are nowhere in the other's.

    Copies and zeros are no operations.
    """
    known = {_key(a) for operation in theirs for a in (*operation.inputs, operation.result)}
    computed = (o for o in ours if _key(o.result) not in map(_key, o.inputs))
    return next((o for o in computed if o.result.any() and _key(o.result) not in known), None)
