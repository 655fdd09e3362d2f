"""Golden texts: the documents' printed numbers, and the case that reproduces each.

There is one TOML file per document. A ``[[case]]`` is a run. With ``printed`` it is also a golden,
and each ``[[case.tab]]`` is a golden of one framework. A ``[[figure]]`` is a quantity or claim in
the prose: ``measure`` computes it from named cases, ``verdict`` says whether the document is right.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from importlib import resources
from typing import Any

import numpy as np

from reference import measures
from reference.arrays import Floats, Reals
from reference.case import Case
from reference.errors import Unknown
from reference.measures import Runner, Shown
from reference.registry import Registry


@dataclass(frozen=True)
class Golden:
    """One printed text.

    Attributes
    ----------
    id
        "document/case" or "document/case/framework".
    document, section, framework
        The document's title, the section, and the framework of the tab or code.
    printed
        The text exactly as printed.
    line
        The format string of a line, over a path's rows or a measure's values. Empty if the text
        holds no number.
    expected
        The output of `text` in the document's arithmetic: ``printed``, or if the document uses
        words or is wrong, the numbers that show it.
    cases
        The cases it is computed from.
    rows
        "last" to print the last row of the path, "all" for every row but the start.
    measure
        The function of `reference.measures` that computes the values; empty for a trajectory.
    reproduced_by
        The backends whose eager mode prints ``expected`` character for character.
    derivatives
        How the document differentiates: "analytic" or "autodiff".
    verdict
        "holds", "false" or "not numeric".
    prose
        Whether the text is part of a sentence rather than a program's output.
    note
        A remark.
    """

    id: str
    document: str
    section: str
    framework: str
    printed: str
    line: str
    expected: str
    cases: tuple[Case, ...]
    rows: str
    measure: str
    reproduced_by: tuple[str, ...]
    derivatives: str
    verdict: str
    prose: bool
    note: str

    @property
    def case(self) -> Case:
        """The first case."""
        return self.cases[0]

    def text(self, runner: Runner) -> str:
        """Format the numbers that ``runner`` computes."""
        if self.measure:
            return self.line.format(**getattr(measures, self.measure)(runner, *self.cases))
        points = runner.run(self.case).points
        steps = range(1, len(points)) if self.rows == "all" else [len(points) - 1]
        return "\n".join(self.line.format(**self._row(runner, points, step)) for step in steps)

    def _row(self, runner: Runner, points: Reals, step: int) -> dict[str, object]:
        point = points[step]
        shown = Shown(point[0] if len(point) == 1 else point, runner, str(points.dtype))
        coordinates = {f"x{i}": float(c) for i, c in enumerate(point, start=1)}
        return {"step": step, "i": step - 1, "x": shown, **coordinates}


@dataclass(frozen=True)
class Document:
    """A document's title and address, and the stem of its TOML file."""

    title: str
    link: str
    stem: str

    @property
    def prefix(self) -> str:
        return self.stem.split("_")[0]


def _read() -> Iterator[tuple[Document, Mapping[str, Any]]]:
    folder = resources.files(__name__)
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.name.endswith(".toml"):
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            yield Document(stem=path.name.removesuffix(".toml"), **table["document"]), table


def _case(entry: Mapping[str, Any]) -> Case:
    return Case.from_dict({name: entry[name] for name in CASE_FIELDS if name in entry})


CASE_FIELDS = [field.name for field in fields(Case)]
CASE_KEYS = {*CASE_FIELDS, "id", "section", "benchmark", "note", "tab"}
GOLDEN_KEYS = {
    *("framework", "printed", "expected", "line", "rows", "measure", "reproduced_by"),
    *("derivatives", "verdict", "note", "prose"),
}


def _golden(
    name: str, document: Document, entry: Mapping[str, Any], cases: tuple[Case, ...]
) -> Golden:
    printed = entry["printed"].removesuffix("\n")
    return Golden(
        id=name,
        document=document.title,
        section=entry["section"],
        framework=entry.get("framework", ""),
        printed=printed,
        line=entry.get("line", "").removesuffix("\n"),
        expected=entry.get("expected", printed),
        cases=cases,
        rows=entry.get("rows", "last"),
        measure=entry.get("measure", ""),
        reproduced_by=tuple(entry.get("reproduced_by", ())),
        derivatives=entry.get("derivatives", "autodiff"),
        verdict=entry.get("verdict", "holds"),
        prose=entry.get("prose", False),
        note=entry.get("note", ""),
    )


def _check_keys(name: str, entry: Mapping[str, Any], known: set[str]) -> None:
    for key in entry:
        if key not in known:
            raise Unknown(f"key of golden {name}", key, known)


def _collect() -> tuple[dict[str, Document], dict[str, Case], dict[str, Golden], tuple[str, ...]]:
    documents: dict[str, Document] = {}
    cases: dict[str, Case] = {}
    goldens: dict[str, Golden] = {}
    timed: list[str] = []
    for document, table in _read():
        documents[document.prefix] = document
        for entry in table.get("case", ()):
            name = f"{document.prefix}/{entry['id']}"
            _check_keys(name, entry, CASE_KEYS | GOLDEN_KEYS)
            cases[name] = _case(entry)
            timed += [name] if entry.get("benchmark") else []
            if "printed" in entry:
                goldens[name] = _golden(name, document, entry, (cases[name],))
            for tab in entry.get("tab", ()):
                tabbed = f"{name}/{tab['framework']}"
                goldens[tabbed] = _golden(tabbed, document, {**entry, **tab}, (cases[name],))
        for entry in table.get("figure", ()):
            name = f"{document.prefix}/{entry['id']}"
            _check_keys(name, entry, GOLDEN_KEYS | {"id", "section", "cases"})
            needed = tuple(cases[case] for case in entry.get("cases", ()))
            goldens[name] = _golden(name, document, entry, needed)
    return documents, cases, goldens, tuple(timed)


_documents, _cases, _goldens, BENCHMARKS = _collect()
DOCUMENTS: Registry[Document] = Registry("document", _documents)
CASES: Registry[Case] = Registry("case", _cases)
DOCUMENTED = tuple(sorted({case.optimizer for case in _cases.values()}))
GOLDENS: Registry[Golden] = Registry("golden", _goldens)


def distinct(cases: Mapping[str, Case]) -> dict[str, Case]:
    """Drop cases equal to an earlier one."""
    seen: dict[Case, str] = {}
    for name, case in cases.items():
        seen.setdefault(case, name)
    return {name: case for case, name in seen.items()}


def parse(text: str) -> Floats:
    """Return the numbers in ``text``, in order, as float64."""
    found = re.findall(r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?", text)
    return np.array([float(number) for number in found])
