"""One trial: a subject on one tape, held to the truth."""

from dataclasses import dataclass

from backends.conformance.exact import exact
from backends.conformance.given import Settings
from backends.conformance.recording import record
from backends.conformance.subjects import Subject
from backends.conformance.tapes import KINDS, Kind, tape
from backends.conformance.verdict import CANNOT_TELL, NOT_RUN, Trial, judged
from reference import Tape
from reference.first_order import learning_rate

WITHOUT = {
    "arrays": "it takes one array of one dimension",
    "groups": "it has no groups of parameters",
    "missing": "every array needs a gradient in every step",
    "rates": "its learning rate cannot be changed from outside",
    "reload": "its state cannot be saved and loaded on this path",
    "memory": "it does not see how numbers lie in memory",
    "mixed": "its arrays have one dtype",
    "half": "a gradient has the parameters' dtype",
}
APART = """the specification is not elementwise, so the tape of several arrays has no truth of \
one array's"""
SCHEDULED = "its learning rate changes by itself"
NOT_TRIED = {*WITHOUT.values(), SCHEDULED}


@dataclass(frozen=True)
class Place:
    """Where a subject is tried: in which dtype and on which path.

    Attributes
    ----------
    unproven
        Whether it never came to the end of a tape there.
    """

    dtype: str
    path: str
    unproven: bool = False


def tried(subject: Subject, settings: Settings, name: str, place: Place) -> Trial:
    """Return the verdict on ``subject`` on the tape ``name``, one of `KINDS`."""
    kind = KINDS[name]
    run = tape(name, settings.optimizer, settings.ours, place.dtype)
    if kind.rates and settings.ours.get("schedule") is not None:
        return Trial(NOT_RUN, name, place.dtype, place.path, run, SCHEDULED)
    if kind.needs and kind.needs not in subject.takes(place.path):
        return Trial(NOT_RUN, name, place.dtype, place.path, run, WITHOUT[kind.needs])
    if (kind.several or kind.copies > 1) and not run.elementwise:
        return Trial(CANNOT_TELL, name, place.dtype, place.path, run, APART)
    return on(subject, kind, run, name, place)


def on(subject: Subject, kind: Kind, run: Tape, name: str, place: Place) -> Trial:
    """Return the verdict on ``subject`` on a tape that is handed over as ``kind`` says."""
    h = run.hyperparameters
    rates = [float(learning_rate(h, t)) for t in range(1, run.steps + 1)] if kind.rates else None
    recording = record(subject, kind, run, place.path, rates)
    return judged(recording, exact(kind, run), name, place.path, run, place.unproven)
