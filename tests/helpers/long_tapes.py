"""A tape of 300 steps in which each parameter has gradients of one kind, and how to follow it.

Steps are elementwise, so one run holds all kinds to their own bounds. A norm is of all of them.
"""

from typing import NamedTuple

import numpy as np

from reference import Tape
from reference.digits import distance

STEPS, EACH = 300, 1  # parameters of each kind


def _unequal(rng):
    """Gradients of many magnitudes and both signs."""
    return rng.normal(size=STEPS) * 10.0 ** rng.uniform(-3, 2, size=STEPS)


def _rarely(rng):
    """Zero in runs of many steps, at the start and at the end among them."""
    g = rng.normal(size=STEPS)
    for start, stop in ((0, 40), (90, 100), (101, 200), (280, STEPS)):
        g[start:stop] = 0
    return g


def _never(rng):
    """Zero in every step."""
    return np.zeros(STEPS)


def _tiny(rng):
    """So small that eps dominates the denominator."""
    return rng.normal(size=STEPS) * 1e-12


def _huge(rng):
    """So large that eps is negligible."""
    return rng.normal(size=STEPS) * 1e6


def _falling(rng):
    """From huge to tiny: averages that forget slowly are much larger than the gradient."""
    return rng.normal(size=STEPS) * np.logspace(6, -12, STEPS)


def _repeated(rng):
    """The same in every step, so that averages approach their limits."""
    return np.full(STEPS, rng.normal())


def _alternating(rng):
    """The same size with the other sign in every step, so that averages cancel."""
    return rng.normal() * (-1.0) ** np.arange(STEPS)


KINDS = {
    "unequal": _unequal,
    "rarely": _rarely,
    "never": _never,
    "tiny": _tiny,
    "huge": _huge,
    "falling": _falling,
    "repeated": _repeated,
    "alternating": _alternating,
}
COLUMNS = [kind for kind in KINDS for _ in range(EACH)]


def numbers():
    """A start and gradients that float32 represents exactly."""
    rng = np.random.default_rng(14)
    gradients = np.stack([KINDS[kind](rng) for kind in COLUMNS], axis=-1)
    start = rng.normal(size=len(COLUMNS))
    return [array.astype(np.float32).astype(float) for array in (start, gradients)]


def tape(known, dtype, slots=()):
    """The tape with our hyperparameters of an equivalent or a published rule.

    ``slots`` are the numbers that each array of the state is filled with; none for the first state.
    """
    start, gradients = numbers()
    state = [np.full_like(start, each) for each in slots] if slots else None
    return Tape(known.optimizer, start, gradients, known.ours, dtype, state)


class Followed(NamedTuple):
    """The points of a peer after 0, 1, 2, ... steps of a tape, and its last slots."""

    points: np.ndarray
    slots: list


def follow(subject, tape):
    """Run something that takes steps along a tape."""
    state = subject.init(tape.start)
    points = [subject.get(state)]
    for g in tape.gradients:
        state = subject.step(state, subject.put(g))
        points.append(subject.get(state))
    return Followed(np.stack(points), subject.slots(state) if hasattr(subject, "slots") else [])


class Deviation(NamedTuple):
    """Where a peer is furthest beyond its bound, and where it is first.

    ``factor`` is the largest error divided by its bound, in ``step`` and on gradients of ``kind``;
    ``first`` is the first step with an error beyond its bound, None if there is none.
    """

    factor: float
    step: int
    kind: str
    first: int | None


def deviation(true, points):
    """Where points after 0, 1, 2, ... steps leave the truth, before each coordinate's horizon."""
    rows = len(true.points)
    shares = distance(points[:rows], true.points) / true.allowed
    shares = np.where(np.isfinite(shares), shares, np.inf)
    shares[np.arange(rows)[:, None] >= true.horizon] = 0
    step, column = np.unravel_index(shares.argmax(), shares.shape)
    beyond = np.flatnonzero((shares > 1).any(axis=1))
    first = int(beyond[0]) if len(beyond) else None
    return Deviation(float(shares.max()), int(step), COLUMNS[column], first)
