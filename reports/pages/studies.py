"""Tables of the studies: what there is, the best rates, and how a study scales."""

import math
from collections import Counter
from typing import Any

import pandas as pd

from reference import OPTIMIZERS, PROBLEMS
from reports.compute.studies import best
from reports.read.studies import Studies, StudyRead
from reports.words import counted


def studies(found: Studies) -> pd.DataFrame:
    """A row for every study."""
    rows = [
        (
            s.name,
            s.members,
            f"{s.there:,} of {s.parts:,}",
            _state(s),
            f"{s.facts.size / 2**20:.3g} MiB",
            f"{s.facts.seconds:.3g} s",
            _kinds(s.facts.machines, "machine"),
            _arithmetic(s),
        )
        for s in found.found
    ]
    names = ["study", "members", "parts", "state", "size", "computed in", "machines", "arithmetic"]
    return pd.DataFrame(rows, columns=names)


def _state(study: StudyRead) -> str:
    if study.running is not None:
        return "running"
    return "complete" if study.there == study.parts else "not complete: run the same again"


def _kinds(counter: Counter[Any], noun: str) -> str:
    names = ", ".join(" ".join(key) if isinstance(key, tuple) else str(key) for key in counter)
    return f"{counted(len(counter), noun)}: {names}" if counter else ""


def _arithmetic(study: StudyRead) -> str:
    if study.facts.mixed:
        return f"not the same in all parts: {', '.join(study.facts.mixed)}"
    return ", ".join(f"{target} {dtype} {bits}" for target, dtype, bits in study.facts.arithmetic)


def grids(found: Studies) -> pd.DataFrame:
    """A row for every grid: how its members ended, and the best rate."""
    rows = []
    for study in found.found:
        for g in study.grids:
            read = int(g.members.sum())
            top = best(g)
            ended = [_share(int(kind.sum()), read) for kind in (g.converged, g.diverged)]
            numbers = (top.number, top.steps, top.value) if top else (math.nan,) * 3
            names = OPTIMIZERS[g.optimizer].title, PROBLEMS[g.problem].title
            rows.append((study.name, *names, g.target, g.dtype, read, *ended, g.names[0], *numbers))
    columns = [
        "study",
        "optimizer",
        "problem",
        "target",
        "dtype",
        "members read",
        "converged",
        "diverged",
        "axis",
        "best",
        "mean steps",
        "mean value",
    ]
    return pd.DataFrame(rows, columns=columns)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""


def versions(found: Studies) -> pd.DataFrame:
    """A row for every environment that computed parts."""
    rows = [(s.name, text, parts) for s in found.found for text, parts in s.facts.versions.items()]
    return pd.DataFrame(rows, columns=["study", "versions", "parts"])


def scalings(found: Studies) -> dict[str, pd.DataFrame]:
    """The timings with 1, 2 and 4 workers, with what the model predicts, by the sheet's name."""
    from backends.studies.scaling import rows

    tables = {_sheet(s): rows(s.scaling) for s in found.found if s.scaling}
    return {name: pd.DataFrame(t[1:], columns=list(t[0])) for name, t in tables.items()}


def scaled(found: Studies) -> list[tuple[str, str, list[str]]]:
    """Each study whose scaling was measured, its sheet, and the study on paper in sentences."""
    from backends.studies.scaling import sentences

    return [(s.name, _sheet(s), sentences(s.scaling)) for s in found.found if s.scaling]


def _sheet(study: StudyRead) -> str:
    return f"scaling-{study.name}"


def dashboards(found: Studies) -> list[tuple[str, str]]:
    """The studies that run on a cluster, each with the address of its dashboard."""
    known = [(s.name, (s.running or {}).get("dashboard")) for s in found.found]
    return [
        (name, link)
        for name, link in known
        if isinstance(link, str) and link.startswith(("http://", "https://"))
    ]
