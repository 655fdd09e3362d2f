"""What a test leaves for the report: a cell for each check, of a class for each kind of check.

Tests make them and set on them what becomes known later; pages read them from ``tests.json``.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args

from backends.measuring import Kept, Measured
from reports.typed import Unreadable, from_json, to_json

OUTCOMES = ("passed", "failed", "skipped")


@dataclass(kw_only=True)
class Cell:
    """What every check says.

    Attributes
    ----------
    target
        Where it ran, such as "numpy:cpu".
    outcome, reason
        How it ended, one of `OUTCOMES`, and why; known when its test has ended.
    """

    kind: ClassVar[str]

    target: str
    outcome: str = ""
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The cell in what JSON holds, without what has its default."""
        return {"kind": self.kind, **to_json(self)}


@dataclass(kw_only=True)
class GoldenCell(Cell):
    """A printed text, or a number in a sentence, against what a backend gives.

    Attributes
    ----------
    must_match
        Whether this is the document's own arithmetic, in which each character must be the same.
    text, matches
        What came out, and whether it is the document's text.
    ratio
        The run's largest error, divided by the one allowed.
    explanation
        Why another text is right on this machine, where it has been found out.
    """

    kind: ClassVar[str] = "golden"

    golden: str
    mode: str
    dtype: str
    must_match: bool
    derivatives: str = ""
    text: str | None = None
    matches: bool = False
    ratio: float | None = None
    explanation: str = ""


@dataclass(kw_only=True)
class AgreementCell(Cell):
    """A case against its 50-digit truth.

    Attributes
    ----------
    ratio, ulps
        The largest error, divided by the one allowed, and in units in the last place.
    along
        The largest error of each row that can be compared, in units in the last place.
    rows, horizon
        How many rows there are, and up to which of them each coordinate can be compared.
    chaotic
        Whether rounding alone may lead two correct runs to different ends.
    """

    kind: ClassVar[str] = "agreement"

    case: str
    optimizer: str
    problem: str
    mode: str
    dtype: str
    ratio: float | None = None
    ulps: float | None = None
    along: list[float] = field(default_factory=list)
    rows: int = 0
    horizon: list[int] = field(default_factory=list)
    chaotic: bool = False
    steps: int | None = None
    status: str = ""


@dataclass(kw_only=True)
class PairCell(Cell):
    """An optimizer on a problem, with their defaults."""

    kind: ClassVar[str] = "pair"

    optimizer: str
    problem: str
    mode: str
    dtype: str
    ratio: float | None = None
    ulps: float | None = None
    status: str = ""


@dataclass(kw_only=True)
class TapeCell(Cell):
    """An optimizer on given gradients.

    Attributes
    ----------
    way
        How the steps were taken: "updater", "many parameters", "sweep", or a run's mode.
    tape
        Which gradients.
    """

    kind: ClassVar[str] = "tape"

    optimizer: str
    dtype: str
    way: str
    tape: str = ""
    ratio: float | None = None


@dataclass(kw_only=True)
class PeerCell(Cell):
    """Another library's optimizer on the same gradients; ``peer`` is the library."""

    kind: ClassVar[str] = "peer"

    optimizer: str
    peer: str
    dtype: str
    ratio: float | None = None


@dataclass(kw_only=True)
class DerivativeCell(Cell):
    """A backend's derivative of a problem against the formula; ``quantity`` says which."""

    kind: ClassVar[str] = "derivative"

    problem: str
    quantity: str
    dtype: str
    derivatives: str = ""
    ratio: float | None = None


@dataclass(kw_only=True)
class ArithmeticCell(Cell):
    """What `backends.arithmetic` measured of a target; it has the same attributes."""

    kind: ClassVar[str] = "arithmetic"

    dtype: str
    measured: list[Measured] = field(default_factory=list)
    fused: dict[str, bool | None] = field(default_factory=dict)
    subnormals: dict[str, Kept] = field(default_factory=dict)


AnyCell = (
    GoldenCell | AgreementCell | PairCell | TapeCell | PeerCell | DerivativeCell | ArithmeticCell
)
KINDS = {cls.kind: cls for cls in get_args(AnyCell)}


def parse(data: Any) -> AnyCell:
    """Make the cell that `Cell.to_dict` wrote.

    Raises
    ------
    Unreadable
        A cell that is damaged, of an earlier version or of another program: what it is, to be read
        after "cells".
    """
    if not isinstance(data, dict) or data.get("outcome") not in OUTCOMES:
        raise Unreadable("without a known outcome")
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Unreadable(f"of the unknown kind {kind!r}")
    cls: type[AnyCell] = KINDS[kind]
    try:
        return from_json(data, cls)
    except Unreadable as names:
        raise Unreadable(f"of kind {kind} without a usable {names}") from None
