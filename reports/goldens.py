"""Every printed text beside ours, grouped by what was printed, the differing digits marked."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from reference import DOCUMENTS, GOLDENS, Golden
from reference.goldens import Document, parse
from reports.drawing import describe
from reports.results import Results, first_line
from reports.words import slug

SPACE_OR_TOKEN = r"\s+|[\w.]+|[^\w\s.]"
SIGNS = {  # the sign of a cell, and what it says
    "own": ("✓", "the same text, as it must be in the document's own arithmetic"),
    "same": ("=", "the same text, in another arithmetic"),
    "near": ("≈", "another text, its numbers within what rounding allows in this arithmetic"),
    "failed": (
        "✗",
        "wrong: another text in the document's own arithmetic, or beyond rounding",
    ),
    "none": ("·", "not run"),
}
STATUSES = {
    "reproduced": ("✓", "reproduced"),
    "number": ("=", "number reproduced"),
    "wrong": ("✗", "not reproduced"),
    "unchecked": ("·", "not checked"),
    "words": ("·", "not numeric"),
}


@dataclass(frozen=True)
class Text:
    """One text that came out, marked where it differs, and the arithmetics that printed it."""

    sign: str
    marked: Markup
    where: list[str]


@dataclass(frozen=True)
class Row:
    """One golden: its status, a sign for each column, and its texts."""

    golden: Golden
    status: str
    signs: list[str]
    texts: list[Text]
    partings: list[dict[str, Any]]

    @property
    def apart(self) -> list[dict[str, Any]]:
        """The pairs of targets that part."""
        return [parting for parting in self.partings if parting["row"] is not None]

    @property
    def anchor(self) -> str:
        return slug(self.golden.id)

    @property
    def case(self) -> str:
        return describe(self.golden.case) if self.golden.cases else ""


@dataclass(frozen=True)
class Chapter:
    """One document's goldens."""

    document: Document
    columns: list[tuple[str, ...]]
    rows: list[Row]


def mark(expected: str, ours: str) -> Markup:
    """Escape ``ours``, and mark in every number the digits that differ from ``expected``."""
    tokens = re.findall(SPACE_OR_TOKEN, ours)
    spoken = [i for i, token in enumerate(tokens) if not token.isspace()]
    theirs = [token for token in re.findall(SPACE_OR_TOKEN, expected) if not token.isspace()]
    shown: list[str] = [escape(token) for token in tokens]
    matcher = SequenceMatcher(None, theirs, [tokens[i] for i in spoken], autojunk=False)
    for op, i, j, a, b in matcher.get_opcodes():
        if op != "equal":
            old = theirs[i:j] if j - i == b - a else [""] * (b - a)
            for place, before in zip(spoken[a:b], old, strict=True):
                shown[place] = _differing(before, tokens[place])
    return Markup("").join(shown)


def _differing(old: str, new: str) -> Markup:
    """Mark ``new`` from where it leaves ``old``; all of it where it only ends earlier."""
    same = next((i for i, (p, q) in enumerate(zip(old, new, strict=False)) if p != q), len(old))
    same = same if same < len(new) else 0
    return Markup("{}<mark>{}</mark>").format(new[:same], new[same:])


def _sign(cell: dict[str, Any]) -> str:
    if cell["outcome"] == "skipped":
        return "none"
    if cell["outcome"] == "failed":
        return "failed"
    if cell.get("same"):
        return "own" if cell.get("own") else "same"
    return "near"


def _status(golden: Golden, cells: Iterable[dict[str, Any]]) -> str:
    run = [cell for cell in cells if cell["outcome"] != "skipped"]
    own = [cell for cell in run if cell.get("own")]
    if not golden.line:
        return "words"
    if any(cell["outcome"] == "failed" for cell in own or run):
        return "wrong"
    if own:
        return "reproduced"
    return "number" if run and not golden.reproduced_by else "unchecked"


def _texts(golden: Golden, cells: list[dict[str, Any]]) -> list[Text]:
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for cell in sorted(cells, key=lambda c: (list(SIGNS).index(_sign(c)), c["target"])):
        if cell["outcome"] == "skipped":
            continue
        why = "" if "ours" in cell else first_line(cell.get("reason"), limit=100)
        groups[_sign(cell), str(cell.get("ours", "")), why].append(_arithmetic(cell))
    return [
        Text(sign, mark(golden.expected, ours) if not why else escape(why), where)
        for (sign, ours, why), where in groups.items()
    ]


def _arithmetic(cell: dict[str, Any]) -> str:
    worst = cell.get("worst")
    bound = f", {worst:.2g} of the bound" if isinstance(worst, (int, float)) else ""
    return f"{cell['target']} {cell['dtype']} {cell['mode']}{bound}"


def _column(cell: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(cell[name]) for name in ("target", "dtype", "mode"))


def rows(
    results: Results, goldens: Iterable[Golden], apart: Iterable[dict[str, Any]] = ()
) -> tuple[list[tuple[str, ...]], list[Row]]:
    """The columns, target, dtype and mode, in which anything ran, and a row for every golden.

    ``apart`` are the recorded partings; those of a golden's own case are its own.
    """
    goldens = tuple(goldens)
    parted: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for parting in apart:
        if parting["golden"] in GOLDENS:
            parted[GOLDENS[parting["golden"]].case].append(parting)
    cells: dict[str, list[dict[str, Any]]] = {golden.id: [] for golden in goldens}
    for cell in results.of("golden"):
        cells.get(cell["golden"], []).append(cell)
    ran = (c for found in cells.values() for c in found if c["outcome"] != "skipped")
    columns = sorted({_column(c) for c in ran})
    made = []
    for golden in goldens:
        found = cells[golden.id]
        signs = {_column(c): _sign(c) for c in found}
        row = [signs.get(column, "none") for column in columns]
        own = parted.get(golden.case, []) if golden.cases and not golden.prose else []
        made.append(Row(golden, _status(golden, found), row, _texts(golden, found), own))
    return columns, made


def chapters(results: Results, apart: Iterable[dict[str, Any]] = ()) -> list[Chapter]:
    """Every document's printed output, without what stands in its sentences."""
    found = []
    for prefix, document in DOCUMENTS.items():
        own = [g for g in GOLDENS.values() if g.id.split("/")[0] == prefix and not g.prose]
        if own:
            found.append(Chapter(document, *rows(results, own, apart)))
    return found


def claims(results: Results) -> list[Row]:
    """The figures and claims in the documents' sentences."""
    return rows(results, [golden for golden in GOLDENS.values() if golden.prose])[1]


def frame(results: Results) -> pd.DataFrame:
    """A row for every golden in every arithmetic that printed it."""
    found = [
        (
            golden.id,
            golden.section,
            *(str(cell[name]) for name in ("target", "dtype", "mode")),
            SIGNS[_sign(cell)][1],
            golden.expected,
            str(cell.get("ours", "")),
            cell.get("worst"),
        )
        for cell in results.of("golden")
        if (golden := GOLDENS.get(cell["golden"])) and cell["outcome"] != "skipped"
    ]
    names = ["golden", "section", "target", "dtype", "mode", "says", "expected", "ours", "of bound"]
    return pd.DataFrame(found, columns=names)


def partings(apart: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """A row for every pair of targets that part, and where."""
    found = [
        (p["golden"], *p["pair"], p["row"], *p["points"], p["ulps"], p["last"], p["cause"])
        for p in apart
        if p["row"] is not None
    ]
    names = ["golden", "one", "other", "step", "point of one", "point of other"]
    return pd.DataFrame(found, columns=[*names, "ulp apart", "ulp at the end", "what did it"])


def disputes(results: Results, apart: Iterable[dict[str, Any]]) -> list[tuple[Row, str]]:
    """The goldens whose digits depend on the backend in their own dtype, each with its story.

    A run that several documents print is told once.
    """
    told: dict[Any, tuple[Row, str]] = {}
    for chapter in chapters(results, apart):
        for row in chapter.rows:
            printed = _printed(results, row.golden)
            for parting in row.apart:
                numbers = {printed.get(target) for target in parting["pair"]} - {None}
                if len(numbers) == 2:
                    told.setdefault(row.golden.case, (row, _story(printed, parting)))
    return list(told.values())


def _printed(results: Results, golden: Golden) -> dict[str, tuple[float, ...]]:
    """What each target prints in the golden's own dtype, as numbers."""
    texts = {
        cell["target"]: str(cell["ours"])
        for cell in results.of("golden")
        if cell["golden"] == golden.id
        and cell["dtype"] == golden.case.dtype
        and cell["mode"] == "eager"
        and "ours" in cell
    }
    numbers = {target: tuple(parse(text).ravel().tolist()) for target, text in texts.items()}
    return {target: found for target, found in numbers.items() if found}


def _story(printed: dict[str, tuple[float, ...]], parting: dict[str, Any]) -> str:
    groups: dict[tuple[float, ...], list[str]] = defaultdict(list)
    for target, numbers in printed.items():
        groups[numbers].append(target)
    ends = "; ".join(f"{numbers[-1]} by {', '.join(names)}" for numbers, names in groups.items())
    one, other = parting["pair"]
    return f"{ends}. {one} and {other} part at step {parting['row']}: {parting['cause']}."
