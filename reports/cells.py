"""Cells: what a test records for the report, one for each check, one class for each kind of check.

A test creates a cell and fills in its results as they are computed. Pages read the cells from
``tests.json``.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args

from backends.measuring import Kept, Measured
from reports.typed import Unreadable, from_json, to_json

OUTCOMES = ("passed", "failed", "skipped")


@dataclass(kw_only=True)
class Cell:
    """The fields that all kinds of check have.

    Attributes
    ----------
    target
        Where it ran, such as "numpy:cpu".
    outcome, reason
        How the test ended, one of `OUTCOMES`, and why. Set after the test.
    """

    kind: ClassVar[str]

    target: str
    outcome: str = ""
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The cell as JSON values, without the fields that have their default."""
        return {"kind": self.kind, **to_json(self)}


@dataclass(kw_only=True)
class GoldenCell(Cell):
    """A text or number that a document prints, compared with what a backend prints.

    Attributes
    ----------
    must_match
        Whether backend, mode, dtype and derivatives are those of the document, so that every
        character must match.
    text, matches
        What the backend printed, and whether it is the document's text.
    ratio
        The largest ratio of error to bound.
    explanation
        Why a different text is correct on this machine, if a library function is the cause.
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
    """A case compared with its 50-digit reference run.

    Attributes
    ----------
    ratio, ulps
        The largest ratio of error to bound, and the largest error in units in the last place.
    along
        The largest error after each step before the horizon, in units in the last place.
    rows, horizon
        How many points there are, and how many of them can be compared, by coordinate.
    chaotic
        Whether rounding errors alone can lead two correct runs to different results.
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
    """An optimizer run on a problem, both with default parameters."""

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
    """An optimizer applied to a given sequence of gradients, a tape.

    Attributes
    ----------
    way
        How the steps were taken: "updater", "many parameters", "sweep", or a run's mode.
    tape
        Which gradients, such as "unequal" or "zeros".
    """

    kind: ClassVar[str] = "tape"

    optimizer: str
    dtype: str
    way: str
    tape: str = ""
    ratio: float | None = None


@dataclass(kw_only=True)
class PeerCell(Cell):
    """The optimizer of another library, ``peer``, applied to the same gradients."""

    kind: ClassVar[str] = "peer"

    optimizer: str
    peer: str
    dtype: str
    ratio: float | None = None


@dataclass(kw_only=True)
class DerivativeCell(Cell):
    """A derivative computed by a backend, compared with the formula.

    ``quantity`` is "gradient" or "hessian".
    """

    kind: ClassVar[str] = "derivative"

    problem: str
    quantity: str
    dtype: str
    derivatives: str = ""
    ratio: float | None = None


@dataclass(kw_only=True)
class ArithmeticCell(Cell):
    """The rounding errors that `backends.arithmetic` measured on a target, with its attributes."""

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
        If the cell is damaged, or was written by another version. The message completes a
        sentence that begins with "3 cells".
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
