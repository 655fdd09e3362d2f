"""The scoreboard of other libraries' optimizers, and what was found wrong in them."""

import ast
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from importlib.util import find_spec
from math import isfinite, nan
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from markupsafe import Markup

from backends.conformance.dtypes import EVERY
from backends.conformance.verdict import RIGHT, WRONG
from reports.compute.marking import mark
from reports.read.checks import CheckRead, Checks, TrialRead
from reports.words import counted

SCRIPTS = Path(__file__).parents[1] / "findings"
THERE = "In the table: "  # begins a finding's second paragraph
DIGITS = {"float32": 9, "float64": 17}  # that tell every number from its neighbours


class Finding(NamedTuple):
    """A mistake of a library, with a script that shows it without this suite.

    Attributes
    ----------
    id, words
        The script's name, and what is wrong.
    library, script
        Whose it is, with the version installed here, and the script's text.
    place
        The words that the table has of its rows, such as "torch, Rprop"; or why it has none.
    """

    id: str
    words: str
    library: str
    script: str
    place: str

    def explains(self, check: CheckRead, trial: TrialRead) -> bool:
        """Whether a row of the table is this mistake."""
        known = {check.framework, check.peer, trial.path, trial.dtype, trial.tape}
        return self.place.startswith(THERE) and known >= self.names

    @property
    def absent(self) -> str:
        """Why the table has no row of it; empty if it may have one."""
        return "" if self.place.startswith(THERE) else self.place

    @property
    def names(self) -> set[str]:
        return set(self.place.removeprefix(THERE).split(", "))


def findings() -> list[Finding]:
    """Return the mistakes that are known, by the scripts in ``reports/findings``."""
    return [_finding(path) for path in sorted(SCRIPTS.glob("*.py"))]


def _finding(path: Path) -> Finding:
    text = path.read_text(encoding="utf-8")
    library = path.stem.split("_")[0]
    known = f" {version(library)}" if find_spec(library) else ""
    parts = (ast.get_docstring(ast.parse(text)) or "").split("\n\n")
    words, place = (" ".join(part.split()) for part in (*parts, "")[:2])
    return Finding(path.stem, words, f"{library}{known}", text, place)


def headline(checks: Checks) -> str:
    """Say how many optimizers are right, in a sentence."""
    wrong = checks.count(WRONG)
    rest = len(checks.found) - checks.count(RIGHT) - wrong
    words = f"{checks.count(RIGHT)} of {counted(len(checks.found), 'optimizer')} are right on all \
their paths, {wrong} wrong on some"
    return f"{words}, and {rest} could not be checked" if rest else words


def scoreboard(checks: Checks) -> pd.DataFrame:
    """Return a row for every optimizer and path."""
    rows = [row for check in checks.found for row in _rows(check)]
    names = ["optimizer", "path", "is our", "with", *EVERY, "error / bound", "on the tape"]
    return pd.DataFrame(rows, columns=names)


def title(check: CheckRead) -> str:
    """Return an optimizer's name with its library's version."""
    home = f" on {check.home}" if check.home else ""
    return f"{check.framework} {check.versions.get(check.framework, '')} {check.peer}{home}"


def _rows(check: CheckRead) -> Iterator[tuple[object, ...]]:
    hyper = ", ".join(f"{name}={value}" for name, value in check.hyper.items())
    for path, trials in check.paths:
        compared = [t for t in trials if t.step is not None]
        worst = max(compared, key=_share, default=None)
        share, tape = (worst.ratio, worst.tape) if worst else (nan, "")
        verdicts = (_verdict(t for t in trials if t.dtype == dtype) for dtype in EVERY)
        yield title(check), path, check.spec, hyper, *verdicts, share, tape


def _share(trial: TrialRead) -> float:
    return trial.ratio if isfinite(trial.ratio) else float("inf")


def _verdict(trials: Iterable[TrialRead]) -> str:
    """Return the verdict of one path and dtype: wrong if any trial is, right if any other is."""
    found = [trial.verdict for trial in trials]
    return next((each for each in (WRONG, RIGHT, *found) if each in found), "")


class Wrong(NamedTuple):
    """The first trial that is wrong of an optimizer, path and dtype, and the mistake it shows."""

    check: CheckRead
    trial: TrialRead
    finding: Finding | None

    @property
    def title(self) -> str:
        return title(self.check)

    @property
    def numbers(self) -> tuple[str, str]:
        """What is exact and what came, with as many digits."""
        digits = DIGITS.get(self.trial.dtype, 17)
        got = "" if self.trial.got is None else f"{self.trial.got:.{digits}g}"
        return _shortened(self.trial.exact, digits), got

    @property
    def marked(self) -> Markup:
        """What came, its differing digits marked."""
        return mark(*self.numbers)

    @property
    def what(self) -> str:
        """What is wrong: the mistake, or the formula that it follows, or what was seen."""
        return self.finding.words if self.finding else self.check.formula or self.trial.why


def _shortened(exact: str, digits: int) -> str:
    try:
        return f"{Decimal(exact):.{digits}g}"
    except InvalidOperation:
        return exact


def wrong(checks: Checks) -> list[Wrong]:
    """Return every optimizer, path and dtype that is wrong."""
    known = findings()
    return [Wrong(c, t, _explaining(known, c, t)) for c in checks.found for t in c.wrong]


def _explaining(known: list[Finding], check: CheckRead, trial: TrialRead) -> Finding | None:
    """Return the finding of a row: of several the one that names its optimizer."""
    found = [each for each in known if each.explains(check, trial)]
    return max(found, key=lambda each: (check.peer in each.names, len(each.names)), default=None)


def wrong_frame(found: list[Wrong]) -> pd.DataFrame:
    """Return a row for every optimizer, path and dtype that is wrong."""
    rows = [
        (
            *(w.title, w.trial.path, w.trial.dtype, w.trial.tape, w.trial.step),
            *(*w.numbers[::-1], w.trial.ratio, w.what),
        )
        for w in found
    ]
    names = ["optimizer", "path", "dtype", "first tape", "step", "got", "exact", "error / bound"]
    return pd.DataFrame(rows, columns=[*names, "what it is"])
