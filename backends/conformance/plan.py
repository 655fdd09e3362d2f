"""What a check tries: dtypes, paths and tapes."""

from collections.abc import Sequence
from dataclasses import dataclass

from backends.conformance.dtypes import EVERY, narrow
from backends.conformance.subjects import Subject
from backends.conformance.tapes import KINDS, LONG
from backends.conformance.trial import Place
from reference.errors import choose

NARROW = (None, "reload")  # what a tape needs that is tried in 16 bits: loaded state may lose some


@dataclass(frozen=True)
class Plan:
    """What is to be tried, each in this order.

    Attributes
    ----------
    dtypes, paths, tapes
        Names; None for all dtypes and paths that the subject has, or all tapes that need not be
        asked for.
    long
        Whether the tape `LONG` is among them.
    """

    dtypes: Sequence[str] | None = None
    paths: Sequence[str] | None = None
    tapes: Sequence[str] | None = None
    long: bool = False

    def __post_init__(self) -> None:
        for name in self.dtypes or ():
            choose("dtype", name, EVERY)
        for name in self.tapes or ():
            choose("tape", name, KINDS)

    def of(self, subject: Subject) -> Sequence[str]:
        """Return the dtypes in which a subject is tried."""
        return self.dtypes or subject.dtypes

    def names(self, subject: Subject, place: Place) -> list[str]:
        """Return the tapes of a subject in a place.

        On a path that takes seconds to start only the essential ones, and in 16 bits, where the
        arithmetic is another and nothing beside, those alone that it matters for.
        """
        if self.tapes is not None:
            return list(self.tapes)
        slow, few = place.path in subject.slow, narrow(place.dtype)
        if slow and few and self.paths is None:
            return []
        usual = [n for n, k in KINDS.items() if not k.asked and (k.essential or not slow)]
        asked = usual + [LONG] * (self.long and not slow)
        alike = [n for n in asked if not few or KINDS[n].needs in NARROW]
        return [n for n in alike if not KINDS[n].once or place.dtype == self.of(subject)[0]]

    def places(self, subject: Subject) -> list[Place]:
        """Return every path in every dtype; raises Invalid for one that the subject lacks."""
        for path in self.paths or ():
            choose("path", path, subject.paths)
        paths = self.paths or subject.paths
        return [Place(dtype, path, unproven=True) for path in paths for dtype in self.of(subject)]
