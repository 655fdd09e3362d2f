"""The scoreboard of other libraries' optimizers, and what was found wrong in them."""

import ast
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from math import isfinite, nan
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from backends.conformance.dtypes import EVERY
from backends.conformance.verdict import RIGHT, WRONG
from reports.read.checks import CheckRead, Checks, TrialRead
from reports.words import counted

SCRIPTS = Path(__file__).parents[1] / "findings"


class Finding(NamedTuple):
    """A mistake of a library, with a script that shows it without this suite.

    Attributes
    ----------
    id, words
        The script's name, and what is wrong.
    library, script
        Whose it is, with the version installed here, and the script's text.
    """

    id: str
    words: str
    library: str
    script: str


def findings() -> list[Finding]:
    """Return the mistakes that are known, by the scripts in ``reports/findings``."""
    return [_finding(path) for path in sorted(SCRIPTS.glob("*.py"))]


def _finding(path: Path) -> Finding:
    text = path.read_text(encoding="utf-8")
    library = path.stem.split("_")[0]
    known = f" {version(library)}" if find_spec(library) else ""
    words = ast.get_docstring(ast.parse(text)) or ""
    return Finding(path.stem, " ".join(words.split()), f"{library}{known}", text)


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


def wrong(checks: Checks) -> pd.DataFrame:
    """Return a row for every optimizer, path and dtype that is wrong."""
    rows = [
        (title(c), t.path, t.dtype, t.tape, t.step, t.got, t.exact, t.ratio, t.why, c.formula)
        for c in checks.found
        for t in c.wrong
    ]
    names = ["optimizer", "path", "dtype", "first tape", "step", "got", "exact", "error / bound"]
    return pd.DataFrame(rows, columns=[*names, "why", "what it is"])
