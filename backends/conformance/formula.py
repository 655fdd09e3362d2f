"""Which formula a subject that is wrong follows, in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from backends.conformance.conventions import differing
from backends.conformance.given import Settings
from backends.conformance.identification import Formula, identify
from backends.conformance.recording import record
from backends.conformance.subjects import Subject
from backends.conformance.tapes import shortened
from backends.conformance.verdict import WRONG, Trial
from reference import OPTIMIZERS, Tape
from reference.arrays import Floats

ASKED = "what was asked, on plain gradients; the tapes on which it is wrong say what is not"


class Stopped(Exception):
    """The subject does not come to the end of a tape, or its first step leads nowhere."""


def formula(subject: Subject, settings: Settings, trials: Sequence[Trial]) -> tuple[str, ...]:
    """Return which formula a subject follows, and what each convention in it is, in words.

    Nothing is returned if nothing is wrong, or if the subject stops.

    It is asked on the first path on which it is wrong, in the most precise dtype in which it runs.
    """
    wrong = [t for t in trials if t.verdict == WRONG and t.path not in subject.slow]
    if not wrong:
        return ()
    path = wrong[0].path
    dtype = max((t.dtype for t in trials if t.path == path and t.points is not None), default="")

    def points(start: Floats, gradients: Floats) -> Floats:
        tape = Tape(settings.optimizer, start, gradients, settings.ours, dtype)
        found = record(subject, shortened(len(start), len(gradients)), tape, path)
        if found.stopped or not np.isfinite(found.points[1]).all():
            raise Stopped
        return found.points.astype(float)

    try:
        found = identify(points, settings.optimizer, settings.ours, dtype)
    except Stopped:
        return ()
    asked = OPTIMIZERS[settings.optimizer].hyper.build(settings.optimizer, settings.ours).to_dict()
    if found.fits and (found.nearest.optimizer, found.nearest.hyper) == (settings.optimizer, asked):
        return (ASKED,)
    return str(found), *_meanings((found.fits or (found.nearest,))[0], asked)


def _meanings(found: Formula, asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield what each convention is that was not asked for, as its specification documents it."""
    described = OPTIMIZERS[found.optimizer].hyper.describe_fields()
    for name, value in differing(found.optimizer, found.hyper).items():
        if not isinstance(value, float) and value != asked.get(name):
            yield f"{name}: {' '.join(described[name].meaning.replace('`', '').split())}"
