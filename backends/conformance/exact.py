"""Where a subject must be after each step of a tape, and how far rounding may lead it off."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod

import numpy as np

from backends.conformance.dtypes import narrow
from backends.conformance.tapes import Kind
from reference import Tape, truth
from reference.agreement import KEPT, MARGIN, host_tape
from reference.arrays import Floats, Ints, Objects
from reference.digits import distance


@dataclass(frozen=True)
class Exact:
    """The truth of a tape whose arrays may have steps or learning rates of their own.

    Attributes
    ----------
    points
        (n + 1, d) mpmath numbers; rows after the end of a truth repeat its last.
    allowed
        The bound on the error, (n + 1, d).
    horizon
        For each coordinate the number of rows that can be compared, (d,).
    dtypes
        The dtype of each coordinate.
    overflow
        The first step in which rounding alone may lead beyond the dtype's largest number; 0 if
        none does.
    """

    points: Objects
    allowed: Floats
    horizon: Ints
    dtypes: tuple[str, ...]
    overflow: int = 0


def exact(kind: Kind, tape: Tape) -> Exact:
    """Return the truth of ``tape``, each array with the steps and the rate that ``kind`` gives it.

    Only an elementwise optimizer has one for arrays apart.
    """
    tapes = list(_parts(kind, tape))
    parts = [_part(*each) for each in tapes]
    points, allowed, horizon, overflows = zip(*parts, strict=True)
    found = Exact(
        np.concatenate(points, axis=-1),
        np.concatenate(allowed, axis=-1),
        np.concatenate(horizon),
        tuple(part.dtype for part, _ in tapes for _ in part.start),
        min(filter(None, overflows), default=0),
    )
    if not kind.flushed:
        return found
    zeros = exact(replace(kind, flushed=False), replace(tape, gradients=0 * tape.gradients))
    apart = distance(found.points, zeros.points) + zeros.allowed
    return replace(found, allowed=np.maximum(found.allowed, apart))


def _parts(kind: Kind, tape: Tape) -> Iterator[tuple[Tape, Ints]]:
    """Yield each array's tape, and for each row of all the number of steps that it has taken."""
    if not kind.groups and not kind.missing and not kind.mixed:
        yield tape, np.arange(tape.steps + 1)
        return
    lr = vars(tape.hyperparameters)["lr"]
    ends = np.cumsum([prod(shape) for shape in kind.shapes])
    for i, (end, shape) in enumerate(zip(ends, kind.shapes, strict=True)):
        columns = slice(end - prod(shape), end)
        given = np.isin(np.arange(1, tape.steps + 1), kind.missing.get(i, ()), invert=True)
        hyper: Mapping[str, object] = tape.hyper
        if kind.groups:
            hyper = {**hyper, "lr": lr * kind.groups[i]}
        start, gradients = tape.start[columns], tape.gradients[given, columns]
        dtype = kind.dtypes(tape.dtype)[i]
        yield (
            replace(tape, start=start, gradients=gradients, hyper=hyper, dtype=dtype),
            np.concatenate([[0], np.cumsum(given)]),
        )


def _part(tape: Tape, taken: Ints) -> tuple[Objects, Floats, Ints, int]:
    """Return an array's points, bounds, horizon and overflow; it has taken so many steps by row."""
    true = truth(tape)
    kept = np.minimum(taken, len(true.points) - 1)
    horizon = np.array([np.count_nonzero(taken < each) for each in true.horizon])
    allowed = true.allowed + _of_host(tape) if tape.dtype == "float64" else true.allowed
    ended = np.flatnonzero(taken >= len(true.points))
    overflow = int(ended[0]) if narrow(tape.dtype) and len(ended) else 0
    return true.points[kept], allowed[kept], horizon, overflow


@lru_cache(maxsize=KEPT)
def _of_host(tape: Tape) -> Floats:
    """Return the error that float64 coefficients make, (d,), `MARGIN` times the largest seen.

    Our own are computed without cancellation. Whoever computes 1 - beta^t as it stands loses three
    digits of it, which only parameters of float64 can show, and is right.
    """
    points, loose = truth(tape).points, host_tape(tape)
    rows = min(len(points), len(loose))
    return np.asarray(MARGIN * distance(loose[:rows], points[:rows]).max(axis=0), np.float64)
