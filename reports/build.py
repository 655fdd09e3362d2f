"""Builds the pages: reads what results there are, draws the figures, fills in the templates."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reference import DOCUMENTS
from reports import (
    accuracy,
    diagnostics,
    drawing,
    environment,
    explorer,
    figures,
    goldens,
    grids,
    history,
    maps,
    peers,
    results,
    speed,
    systems,
    timings,
    verdict,
)
from reports.drawing import Figure, Picture, pictures
from reports.maps import rates
from reports.words import slug

PAGES = {  # in the order of the navigation
    "index": "Verdict",
    "goldens": "Printed numbers",
    "accuracy": "Accuracy",
    "figures": "Figures",
    "maps": "Maps",
    "explorer": "Explorer",
    "speed": "Speed",
    "systems": "Systems",
    "environment": "Environment",
}
FOLDER = Path(__file__).parent


class Inputs:
    """Everything that is read; ``left_out`` says in sentences what could not be."""

    def __init__(self, data: Path, asv: Path) -> None:
        self.tested = results.read(data)
        self.timed = timings.read(asv)
        self.raced = peers.read(data)
        self.recorded = explorer.read(data)
        every = (self.tested, self.timed, self.raced, self.recorded)
        self.left_out = [words for each in every for words in each.left_out]


def _drawn(inputs: Inputs) -> dict[str, list[Picture]]:
    """All pictures by the place that shows them."""
    wanted: dict[str, Iterable[Figure]] = {
        "figures": figures.collect(),
        "accuracy": accuracy.figures(inputs.tested),
        "maps": maps.figures(),
        "growth": peers.growth(inputs.raced),
        "history": history.figures(inputs.timed),
    }
    places = {place: list(found) for place, found in wanted.items()}
    drawn = iter(pictures([figure for found in places.values() for figure in found]))
    return {place: [next(drawn) for _ in found] for place, found in places.items()}


def _sheets(inputs: Inputs, shown: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """The numbers behind every table, by the name of its file."""
    tested, timed = inputs.tested, inputs.timed
    reasons = {o: tested.reasons(o) for o in ("failed", "skipped")}
    return {
        "missing": pd.DataFrame(shown["missing"], columns=["what", "command"]),
        **{o: pd.DataFrame(found, columns=["reason", "cells"]) for o, found in reasons.items()},
        "goldens": goldens.frame(tested),
        "partings": goldens.partings(inputs.recorded.partings),
        **{f"cells-{name}": pd.DataFrame(tested.of(name)) for name in grids.KINDS},
        "maps": rates.frame(),
        "races": inputs.raced.data,
        **{table.sheet: table.data for table in shown["speed"]},
        "commits": history.table(timed),
        "steps": history.steps(timed),
        **{f"diagnostic-{t.system}": t.data for t in shown["diagnostics"]},
        "systems": systems.frame(),
        "targets": environment.targets(),
        "facts": environment.facts(tested, timed, inputs.raced),
    }


def _contents(inputs: Inputs) -> dict[str, Any]:
    """All that the templates show."""
    tested, timed = inputs.tested, inputs.timed
    raced, recorded = inputs.raced, inputs.recorded
    shown: dict[str, Any] = {
        "headline": verdict.headline(tested),
        "points": verdict.points(tested, timed, raced, recorded),
        "questions": verdict.questions(tested, raced, recorded),
        "missing": verdict.missing(tested, timed, raced, recorded),
        "left_out": inputs.left_out,
        "results": tested,
        "documents": DOCUMENTS,
        "chapters": goldens.chapters(tested, recorded.partings),
        "claims": goldens.claims(tested),
        "signs": goldens.SIGNS,
        "statuses": goldens.STATUSES,
        "grids": grids.grids(tested),
        "pictures": _drawn(inputs),
        "strips": rates.strips(),
        "rates": len(rates.RATES),
        "steps": rates.STEPS,
        "explorer": bool(recorded.runs),
        "diagnostics": list(diagnostics.tables()),
        "speed": speed.tables(timed),
        "races": raced,
        "commits": history.commits(timed),
        "titles": [timed.title(name) for name in sorted(timed.frame.benchmark.unique())],
        "asv_pages": timed.pages is not None,
        "systems": systems.SYSTEMS,
        "kinds": systems.KINDS,
        "commands": environment.commands(tested),
        "written": environment.written(tested),
    }
    return {**shown, "sheets": _sheets(inputs, shown)}


def _write(contents: dict[str, Any], inputs: Inputs, out: Path) -> None:
    """The assets, the pictures, the numbers and asv's pages: all but our own pages."""
    if (out / "assets" / "report.css").exists():  # an earlier report's
        for name in ("assets", "asv", "data", "figures"):
            shutil.rmtree(out / name, ignore_errors=True)
    shutil.copytree(FOLDER / "assets", out / "assets", dirs_exist_ok=True)
    (out / "assets" / "explorer-data.js").write_text(explorer.script(inputs.recorded), "utf-8")
    for name in ("figures", "data"):
        (out / name).mkdir(exist_ok=True)
    for found in contents["pictures"].values():
        for each in found:
            (out / each.path).write_text(each.svg, encoding="utf-8")
            each.data.to_csv(out / each.numbers, index=False, compression=each.compression)
    paths = explorer.frame(inputs.recorded)
    paths.to_csv(out / "data" / "paths.csv.gz", index=False, compression=drawing.PACKED)
    for name, frame in contents["sheets"].items():
        frame.to_csv(out / "data" / f"{slug(name)}.csv", index=False)
    if inputs.timed.pages is not None:
        history.copy(inputs.timed.pages, out / "asv")


def build(data: Path, asv: Path, out: Path) -> Path:
    """Build all pages in ``out`` and return the path of the first."""
    inputs = Inputs(data, asv)
    contents = _contents(inputs)
    templates = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["slug"] = slug
    pages = {
        page: templates.get_template(f"{page}.html").render(page=page, pages=PAGES, **contents)
        for page in PAGES
    }
    out.mkdir(parents=True, exist_ok=True)
    _write(contents, inputs, out)
    for page, text in pages.items():
        (out / f"{page}.html").write_text(text, encoding="utf-8")
    return out / "index.html"
