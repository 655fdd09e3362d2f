"""What a check tries: dtypes, paths and tapes."""

from collections.abc import Sequence
from dataclasses import dataclass

from backends.conformance.subjects import Subject
from backends.conformance.tapes import KINDS, LONG
from backends.conformance.trial import Place
from reference import DTYPES
from reference.errors import choose


@dataclass(frozen=True)
class Plan:
    """What is to be tried, each in this order.

    Attributes
    ----------
    dtypes, paths, tapes
        Names; None for all paths that the subject has, or all tapes that need not be asked for.
    long
        Whether the tape `LONG` is among them.
    """

    dtypes: Sequence[str] = DTYPES
    paths: Sequence[str] | None = None
    tapes: Sequence[str] | None = None
    long: bool = False

    def __post_init__(self) -> None:
        for name in self.dtypes:
            choose("dtype", name, DTYPES)
        for name in self.tapes or ():
            choose("tape", name, KINDS)

    def names(self, slow: bool, dtype: str) -> list[str]:
        """Return the tapes of a path, one that is slow to start or not."""
        if self.tapes is not None:
            return list(self.tapes)
        usual = [n for n, k in KINDS.items() if not k.asked and (k.essential or not slow)]
        asked = usual + [LONG] * (self.long and not slow)
        return [n for n in asked if not KINDS[n].once or dtype == self.dtypes[0]]

    def places(self, subject: Subject) -> list[Place]:
        """Return every path in every dtype; raises Invalid for one that the subject lacks."""
        for path in self.paths or ():
            choose("path", path, subject.paths)
        paths = self.paths or subject.paths
        return [Place(dtype, path, unproven=True) for path in paths for dtype in self.dtypes]
