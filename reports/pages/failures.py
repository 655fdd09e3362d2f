"""What failed: what was expected, what came instead, how far off it is, and how to run it alone."""

import math
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import pandas as pd
from markupsafe import Markup

from reference import GOLDENS
from reports.cells import AnyCell, ArithmeticCell, BoundedCell, GoldenCell, OtherCell, PlantedCell
from reports.compute.marking import mark
from reports.pages.grids import row_id
from reports.read.machines import Machine
from reports.read.results import Results, first_line
from reports.words import slug

COLUMNS = (
    "check",
    "machine",
    "where",
    "expected",
    "got",
    "error / bound",
    "what happened",
    "command",
)


@dataclass(frozen=True)
class Failure:
    """A failed check, in words.

    Attributes
    ----------
    kind
        The kind of its cell.
    subject, where
        What was checked; and the target, dtype and mode.
    expected, got
        The text or number that differs; empty if there is none, as after an exception.
    share
        The error divided by the bound; empty if there is no bound.
    story
        What happened, in a sentence.
    row
        The link to its row.
    command
        The command that runs this check alone.
    machine
        Where it failed, if there are results of several machines.
    """

    kind: str
    subject: str
    where: str
    expected: str
    got: str
    share: str
    story: str
    row: str
    command: str
    machine: str = ""

    @property
    def marked(self) -> Markup:
        """What came, its differing digits marked."""
        return mark(self.expected, self.got)


def collect(results: Results) -> list[Failure]:
    """All failures: the documents' texts first, then by the share of the bound."""
    failed = [cell for cell in results.cells if cell.outcome == "failed"]
    return [_failure(cell) for cell in sorted(failed, key=_rank)]


def everywhere(machines: Sequence[Machine]) -> list[Failure]:
    """The failures of this machine and then of others, whose rows no page has."""
    here, *others = machines
    if not any(each.tested.found for each in others):
        return collect(here.tested)
    found = [replace(each, machine=here.name) for each in collect(here.tested)]
    for other in others:
        found += [replace(each, machine=other.name, row="") for each in collect(other.tested)]
    return found


def frame(failures: list[Failure]) -> pd.DataFrame:
    """A row for every failure, without the columns that are empty."""
    rows = [
        (f.subject, f.machine, f.where, f.expected, f.got, f.share, f.story, f.command)
        for f in failures
    ]
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.loc[:, found.ne("").any()] if rows else found


def _rank(cell: AnyCell) -> tuple[bool, float]:
    exact = isinstance(cell, GoldenCell) and cell.must_match
    ratio = cell.ratio if isinstance(cell, BoundedCell) else None
    return not exact, 0.0 if ratio is None or math.isnan(ratio) else -ratio


def _failure(cell: AnyCell) -> Failure:
    expected, got = _numbers(cell)
    ratio = cell.ratio if isinstance(cell, BoundedCell) else None
    return Failure(
        kind=cell.kind,
        subject=cell.subject,
        where=", ".join(_where(cell)),
        expected=expected,
        got=got,
        share="" if ratio is None else f"{ratio:.4g}",
        story=_story(cell),
        row=_row(cell),
        command=alone(cell),
    )


def alone(cell: AnyCell) -> str:
    """The command that runs a check's test and no other; empty if the test is not known."""
    return f"nox -s tests -- {shlex.quote(cell.test)}" if cell.test else ""


def _where(cell: AnyCell) -> Iterator[str]:
    """The target, dtype and mode, as far as the check has them."""
    names = ("target", "dtype", "mode", "way")
    return (str(vars(cell)[name]) for name in names if vars(cell).get(name))


def _numbers(cell: AnyCell) -> tuple[str, str]:
    """What was expected and what came: the first line, or the worst number, that differs."""
    if isinstance(cell, BoundedCell) and cell.worst is not None:
        return cell.worst.exact, cell.worst.got
    if isinstance(cell, GoldenCell) and cell.text is not None:
        wanted = GOLDENS[cell.golden].expected.splitlines()
        lines = zip_longest(wanted, cell.text.splitlines(), fillvalue="")
        return next((pair for pair in lines if pair[0] != pair[1]), ("", ""))
    return "", ""


def _story(cell: AnyCell) -> str:
    if isinstance(cell, BoundedCell) and cell.worst is not None and cell.ratio is not None:
        allowed = f"the {cell.worst.allowed:.2g} that rounding allows"
        return f"The error of {cell.worst.where} is {cell.ratio:.3g} times {allowed}."
    reason = first_line(re.sub(r"^(Failed|AssertionError): ", "", cell.reason))
    return f"“{cell.claim}” does not hold: {reason}" if isinstance(cell, OtherCell) else reason


def _row(cell: AnyCell) -> str:
    match cell:
        case GoldenCell():
            return f"goldens.html#{slug(cell.golden)}"
        case ArithmeticCell():
            worst = next((m for m in cell.measured if m.exceeds), None)
            row = f"#{slug(f'{worst.regime}-{worst.operation}')}" if worst else ""
            return f"arithmetic.html{row}"
        case PlantedCell():
            return "check.html#trust"
        case OtherCell():
            return ""
    return f"accuracy.html#{row_id(cell)}"
