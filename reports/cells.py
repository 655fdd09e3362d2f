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
    test
        Pytest's id of the test. Set after the test.
    """

    kind: ClassVar[str]

    target: str
    outcome: str = ""
    reason: str = ""
    test: str = ""

    @property
    def subject(self) -> str:
        """What was checked, in words."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The cell as JSON values, without the fields that have their default."""
        return {"kind": self.kind, **to_json(self)}


@dataclass(frozen=True)
class Worst:
    """The number whose error is the largest share of its bound.

    Attributes
    ----------
    where
        Such as "x1, step 17".
    got, exact
        The number, and what it should be.
    allowed
        The bound on its error.
    """

    where: str
    got: str
    exact: str
    allowed: float

    def __str__(self) -> str:
        bound = f"allowed to be off by {self.allowed:.2g}"
        return f"{self.where}: got {self.got}, exact {self.exact}, {bound}"


@dataclass(kw_only=True)
class BoundedCell(Cell):
    """A cell whose error has a bound.

    Attributes
    ----------
    ratio
        The largest ratio of error to bound.
    worst
        The number that has it, if it is beyond its bound.
    """

    ratio: float | None = None
    worst: Worst | None = None


@dataclass(kw_only=True)
class GoldenCell(BoundedCell):
    """A text or number that a document prints, compared with what a backend prints.

    Attributes
    ----------
    must_match
        Whether backend, mode, dtype and derivatives are those of the document, so that every
        character must match.
    text, matches
        What the backend printed, and whether it is the document's text.
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
    explanation: str = ""

    @property
    def subject(self) -> str:
        return self.golden


@dataclass(kw_only=True)
class AgreementCell(BoundedCell):
    """A case compared with its 50-digit reference run.

    Attributes
    ----------
    ulps
        The largest error in units in the last place.
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
    ulps: float | None = None
    along: list[float] = field(default_factory=list)
    rows: int = 0
    horizon: list[int] = field(default_factory=list)
    chaotic: bool = False
    steps: int | None = None
    status: str = ""

    @property
    def subject(self) -> str:
        return self.case


@dataclass(kw_only=True)
class PairCell(BoundedCell):
    """An optimizer run on a problem, both with default parameters."""

    kind: ClassVar[str] = "pair"

    optimizer: str
    problem: str
    mode: str
    dtype: str
    ulps: float | None = None
    status: str = ""

    @property
    def subject(self) -> str:
        return f"{self.optimizer} on {self.problem}"


@dataclass(kw_only=True)
class TapeCell(BoundedCell):
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

    @property
    def subject(self) -> str:
        return f"{self.optimizer} on {self.tape} gradients"


@dataclass(kw_only=True)
class PeerCell(BoundedCell):
    """The optimizer of another library, ``peer``, applied to the same gradients.

    Attributes
    ----------
    ours, theirs
        Our hyperparameters off their defaults, and what it is set to there.
    source
        The file that has its formula, if not the library itself was run.
    strays
        How the library is known to depart from its own formula, by ``ratio`` times the bound; empty
        if it does not.
    """

    kind: ClassVar[str] = "peer"

    optimizer: str
    peer: str
    dtype: str
    ours: str = ""
    theirs: str = ""
    source: str = ""
    strays: str = ""

    @property
    def subject(self) -> str:
        return f"{self.optimizer} of {self.peer}"


@dataclass(kw_only=True)
class PlantedCell(Cell):
    """An optimizer planted for the check: a mistake that happened, or a right variant.

    Attributes
    ----------
    planted, optimizer
        Its name, and our id of what it is meant to be.
    wrong, source
        What is wrong and where it happened; empty for a right variant.
    tapes
        The tapes on which the check says that it is wrong.
    tried, criteria
        The usual criteria that were tried, and those that refuse it.
    """

    kind: ClassVar[str] = "planted"

    planted: str
    optimizer: str
    wrong: str = ""
    source: str = ""
    tapes: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    criteria: list[str] = field(default_factory=list)

    @property
    def subject(self) -> str:
        return self.planted


@dataclass(kw_only=True)
class DerivativeCell(BoundedCell):
    """A derivative computed by a backend, compared with the formula.

    ``quantity`` is "gradient" or "hessian".
    """

    kind: ClassVar[str] = "derivative"

    problem: str
    quantity: str
    dtype: str
    derivatives: str = ""

    @property
    def subject(self) -> str:
        return f"{self.quantity} of {self.problem}"


@dataclass(kw_only=True)
class ArithmeticCell(Cell):
    """The rounding errors that `backends.arithmetic` measured on a target, with its attributes."""

    kind: ClassVar[str] = "arithmetic"

    dtype: str
    measured: list[Measured] = field(default_factory=list)
    fused: dict[str, bool | None] = field(default_factory=dict)
    subnormals: dict[str, Kept] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return ", ".join(dict.fromkeys(m.operation for m in self.measured if m.exceeds))


@dataclass(kw_only=True)
class OtherCell(Cell):
    """A failed test that records no cell of another kind; ``claim`` is its docstring's sentence."""

    kind: ClassVar[str] = "other"

    claim: str

    @property
    def subject(self) -> str:
        return self.test.rpartition("::")[2]


Compared = AgreementCell | PairCell | TapeCell | PeerCell | DerivativeCell
AnyCell = Compared | GoldenCell | ArithmeticCell | PlantedCell | OtherCell
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
