"""Every text that the documents print beside those of the backends, grouped by equal text."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from markupsafe import Markup, escape

from reference import DOCUMENTS, GOLDENS, Case, Golden
from reference.goldens import Document, parse
from reports.cells import GoldenCell
from reports.compute.marking import mark
from reports.read.recorded import Recorded, RecordedParting
from reports.read.results import Results, first_line
from reports.words import describe, slug

SIGNS = {  # how a cell compares with the document: its symbol and meaning
    "exact": ("✓", "the same text, as it must be"),
    "same": ("=", "the same text, where it may be another"),
    "explained": (
        "†",
        "another text where it must be the same, and one function of this machine's library is "
        "found to be why",
    ),
    "near": ("≈", "another text, as it may be: its numbers are within what rounding allows here"),
    "failed": (
        "✗",
        "wrong: another text where it must be the same, or numbers beyond rounding",
    ),
    "none": ("·", "not run"),
}
STATUSES = {
    "reproduced": ("✓", "reproduced"),
    "explained": ("†", "explained"),
    "number": ("=", "number reproduced"),
    "wrong": ("✗", "wrong"),
    "unchecked": ("·", "not checked"),
    "words": ("·", "not numeric"),
}
OTHERS = {  # the statuses of texts that do not match: what one of them does, and what several do
    "wrong": ("fails", "fail"),
    "explained": ("is explained by a library's function", "are explained by a library's function"),
    "number": ("matches in value only", "match in value only"),
    "unchecked": ("is not checked yet", "are not checked yet"),
    "words": ("has no number", "have no number"),
}
JUDGEMENTS = {  # what is found of a claim: the verdict that the tests confirm, or else the status
    "holds": ("✓", "the document is right"),
    "false": ("!", "the document is wrong; we confirm it"),
    **STATUSES,
}
Column = tuple[str, str, str]  # target, dtype and mode


@dataclass(frozen=True)
class Text:
    """One printed text, its differing digits marked, and where it was printed."""

    sign: str
    plain: str
    marked: Markup
    where: list[str]


@dataclass(frozen=True)
class Row:
    """One golden: its cells, and where its run first differs between pairs of targets."""

    golden: Golden
    cells: list[GoldenCell]
    partings: list[RecordedParting]

    @cached_property
    def run(self) -> list[GoldenCell]:
        """The cells that were not skipped."""
        return [cell for cell in self.cells if cell.outcome != "skipped"]

    @cached_property
    def status(self) -> str:
        """Whether the document's text was reproduced: a key of `STATUSES`."""
        exact = [cell for cell in self.run if cell.must_match]
        if not self.golden.line:
            return "words"
        if any(cell.outcome == "failed" for cell in self.run):
            return "wrong"
        if exact:
            return "reproduced" if all(cell.matches for cell in exact) else "explained"
        return "number" if self.run and not self.golden.reproduced_by else "unchecked"

    @property
    def judged(self) -> str:
        """What is found of the document's claim: a key of `JUDGEMENTS`."""
        measured = self.status in ("reproduced", "explained")
        return self.golden.verdict if measured else self.status

    @cached_property
    def signs(self) -> dict[Column, str]:
        """A key of `SIGNS` for each target, dtype and mode."""
        return {column(cell): sign(cell) for cell in self.cells}

    @cached_property
    def texts(self) -> list[Text]:
        """The different texts that were printed, those that must match first."""
        groups: dict[tuple[str, str | None, str], list[str]] = defaultdict(list)
        for cell in sorted(self.run, key=lambda c: (list(SIGNS).index(sign(c)), c.target)):
            why = first_line(cell.reason, limit=100) if cell.text is None else ""
            groups[sign(cell), cell.text, why].append(_arithmetic(cell))
        return [self._text(*key, where) for key, where in groups.items()]

    def _text(self, sign: str, text: str | None, why: str, where: list[str]) -> Text:
        if text is None:
            return Text(sign, why, escape(why), where)
        return Text(sign, text, mark(self.golden.expected, text), where)

    @property
    def explanations(self) -> list[str]:
        """The tests' explanations of texts that differ from the document's."""
        found = (cell.explanation for cell in self.run if sign(cell) == "explained")
        return [words or "no explanation was recorded" for words in found]

    @property
    def reason(self) -> str:
        """Why the text does not simply match, where no texts beside it tell it."""
        if self.status == "explained":
            return " ".join(self.explanations)
        return "" if self.status == "wrong" else self.golden.note

    @property
    def parted(self) -> list[RecordedParting]:
        """The pairs of targets whose points differ at some step."""
        return [parting for parting in self.partings if parting.row is not None]

    @property
    def obliged(self) -> str:
        """Who must print the document's text to the character, and who may print another."""
        names = ", ".join(self.golden.reproduced_by)
        if not self.golden.line:
            return ""
        run = f"Run with {self.golden.derivatives} derivatives."
        if not names:
            return f"{run} No backend prints this text: each must have its number, within rounding."
        how = f"{self.golden.case.dtype}, eager" if self.golden.cases else "eager"
        words = f"{run} Must print this text: {names} ({how})."
        return f"{words} Every other arithmetic may print another, within rounding."

    @property
    def anchor(self) -> str:
        return slug(self.golden.id)

    @property
    def last(self) -> str:
        """The last line that the document prints, which has the result."""
        return self.golden.printed.splitlines()[-1]

    @property
    def case(self) -> str:
        return describe(self.golden.case) if self.golden.cases else ""

    @cached_property
    def printed(self) -> dict[str, tuple[float, ...]]:
        """The numbers that each target prints in eager mode and the golden's dtype."""
        texts = {
            cell.target: cell.text
            for cell in self.run
            if (cell.dtype, cell.mode) == (self.golden.case.dtype, "eager") and cell.text
        }
        numbers = {target: tuple(parse(text).ravel().tolist()) for target, text in texts.items()}
        return {target: found for target, found in numbers.items() if found}


@dataclass(frozen=True)
class Chapter:
    """One document's goldens; a column for each target, dtype and mode that ran any of them."""

    document: Document
    rows: list[Row]

    @cached_property
    def columns(self) -> list[Column]:
        return sorted({column(cell) for row in self.rows for cell in row.run})


@dataclass(frozen=True)
class Printed:
    """All goldens by id, with what several pages need of them."""

    rows: Mapping[str, Row]

    @cached_property
    def chapters(self) -> list[Chapter]:
        """Every document's goldens, except the claims in its sentences."""
        by_document: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows.values():
            if not (row.golden.prose and row.golden.line):
                by_document[row.golden.id.split("/")[0]].append(row)
        return [Chapter(d, by_document[p]) for p, d in DOCUMENTS.items() if by_document[p]]

    @property
    def texts(self) -> list[Row]:
        """What the documents' programs print, in the documents' order: all but the claims."""
        return [row for chapter in self.chapters for row in chapter.rows]

    @property
    def numbers(self) -> list[Row]:
        """The texts that hold a number."""
        return [row for row in self.texts if row.golden.line]

    @cached_property
    def claims(self) -> list[Row]:
        """The figures and claims in the documents' sentences, the false ones first."""
        found = [row for row in self.rows.values() if row.golden.prose and row.golden.line]
        return sorted(found, key=lambda row: row.judged != "false")

    @cached_property
    def others(self) -> dict[str, list[Row]]:
        """The texts that do not simply match, by status, in the order of `OTHERS`."""
        found = {status: [r for r in self.texts if r.status == status] for status in OTHERS}
        return {status: rows for status, rows in found.items() if rows}

    @cached_property
    def disputes(self) -> list[tuple[Row, str]]:
        """The goldens whose digits depend on the backend in their own dtype, and why they do.

        A run that several documents print is listed once.
        """
        found: dict[Case, tuple[Row, str]] = {}
        for chapter in self.chapters:
            for row in chapter.rows:
                for parting in row.parted:
                    if len({row.printed.get(target) for target in parting.pair} - {None}) == 2:
                        found.setdefault(row.golden.case, (row, _dispute(row, parting)))
        return list(found.values())


def collect(results: Results, recorded: Recorded) -> Printed:
    """Group the cells and the recorded partings by golden."""
    cells: dict[str, list[GoldenCell]] = defaultdict(list)
    for cell in results.of(GoldenCell):
        cells[cell.golden].append(cell)
    parted: dict[Case, list[RecordedParting]] = defaultdict(list)
    for parting in recorded.partings:
        if parting.golden in GOLDENS:
            parted[GOLDENS[parting.golden].case].append(parting)
    return Printed(
        {
            name: Row(g, cells[name], parted[g.case] if g.cases and not g.prose else [])
            for name, g in GOLDENS.items()
        }
    )


def sign(cell: GoldenCell) -> str:
    """How a cell compares with the document: a key of `SIGNS`."""
    if cell.outcome == "skipped":
        return "none"
    if cell.outcome == "failed":
        return "failed"
    if cell.matches:
        return "exact" if cell.must_match else "same"
    return "explained" if cell.must_match else "near"


def column(cell: GoldenCell) -> Column:
    return cell.target, cell.dtype, cell.mode


def _arithmetic(cell: GoldenCell) -> str:
    bound = "" if cell.ratio is None else f", {cell.ratio:.2g} of the bound"
    return f"{cell.target} {cell.dtype} {cell.mode}{bound}"


def _dispute(row: Row, parting: RecordedParting) -> str:
    """Which target prints which number, and where and why the runs first differ."""
    groups: dict[tuple[float, ...], list[str]] = defaultdict(list)
    for target, numbers in row.printed.items():
        groups[numbers].append(target)
    ends = "; ".join(f"{numbers[-1]} by {', '.join(names)}" for numbers, names in groups.items())
    one, other = parting.pair
    return f"{ends}. {one} and {other}, both eager, part at step {parting.row}: {parting.cause}."


def frame(printed: Printed) -> pd.DataFrame:
    """A row for every golden on every target, dtype and mode that printed it."""
    found = [
        (
            *(row.golden.id, row.golden.section, *column(cell), SIGNS[sign(cell)][1]),
            *(row.golden.expected, cell.text or "", cell.ratio),
        )
        for row in printed.rows.values()
        for cell in row.run
    ]
    names = ["golden", "section", "target", "dtype", "mode", "says", "expected", "ours", "of bound"]
    return pd.DataFrame(found, columns=names)


def partings(recorded: Recorded) -> pd.DataFrame:
    """A row for every run and pair of targets whose points differ: where and why."""
    found = [
        (p.golden, *p.pair, p.row, *p.points, p.ulps, p.last, p.cause)
        for p in recorded.partings
        if p.row is not None
    ]
    names = ["golden", "one", "other", "step", "point of one", "point of other"]
    return pd.DataFrame(found, columns=[*names, "ulp between", "ulp at the end", "what did it"])
