"""Where a subject must be after each step of a tape, and how far rounding may lead it off."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod

import numpy as np

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
    """

    points: Objects
    allowed: Floats
    horizon: Ints


def exact(kind: Kind, tape: Tape) -> Exact:
    """Return the truth of ``tape``, each array with the steps and the rate that ``kind`` gives it.

    Only an elementwise optimizer has one for arrays apart.
    """
    parts = [_part(*each) for each in _parts(kind, tape)]
    found = Exact(*(np.concatenate(each, axis=-1) for each in zip(*parts, strict=True)))
    if not kind.flushed:
        return found
    zeros = exact(replace(kind, flushed=False), replace(tape, gradients=0 * tape.gradients))
    apart = distance(found.points, zeros.points) + zeros.allowed
    return replace(found, allowed=np.maximum(found.allowed, apart))


def _parts(kind: Kind, tape: Tape) -> Iterator[tuple[Tape, Ints]]:
    """Yield each array's tape, and for each row of all the number of steps that it has taken."""
    if not kind.groups and not kind.missing:
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
        gradients = tape.gradients[given, columns]
        yield (
            replace(tape, start=tape.start[columns], gradients=gradients, hyper=hyper),
            np.concatenate([[0], np.cumsum(given)]),
        )


def _part(tape: Tape, taken: Ints) -> tuple[Objects, Floats, Ints]:
    """Return points, bounds and horizon of an array that has taken so many steps in each row."""
    true = truth(tape)
    kept = np.minimum(taken, len(true.points) - 1)
    horizon = np.array([np.count_nonzero(taken < each) for each in true.horizon])
    allowed = true.allowed if tape.dtype == "float32" else true.allowed + _of_host(tape)
    return true.points[kept], allowed[kept], horizon


@lru_cache(maxsize=KEPT)
def _of_host(tape: Tape) -> Floats:
    """Return the error that float64 coefficients make, (d,), `MARGIN` times the largest seen.

    Our own are computed without cancellation. Whoever computes 1 - beta^t as it stands loses three
    digits of it, which only parameters of float64 can show, and is right.
    """
    points, loose = truth(tape).points, host_tape(tape)
    rows = min(len(points), len(loose))
    return np.asarray(MARGIN * distance(loose[:rows], points[:rows]).max(axis=0), np.float64)
