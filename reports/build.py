"""Builds the pages: reads what results there are, draws the figures, fills in the templates."""

import shutil
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from tqdm import tqdm

from backends import BACKENDS, absences, available
from reference import DOCUMENTS
from reports import (
    diagnostics,
    drawing,
    figures,
    goldens,
    grids,
    peers,
    results,
    speed,
    timings,
    verdict,
)
from reports.systems import KINDS, SYSTEMS

PAGES = {  # in the order of the navigation
    "index": "Verdict",
    "goldens": "Printed numbers",
    "agreement": "Agreement",
    "figures": "Figures",
    "speed": "Speed",
    "systems": "Systems",
}


def _draw(wanted: list[drawing.Figure], out: Path) -> list[tuple[drawing.Figure, str]]:
    """Draw all figures; returns each with its text alternative."""
    drawing.theme()
    return [
        (figure, drawing.save(figure, out))
        for figure in tqdm(wanted, desc="drawing", unit="figure", dynamic_ncols=True)
    ]


def _copy(pages: Path | None, out: Path) -> bool:
    """Copy asv's own pages beside ours, if they were published."""
    if pages is not None:
        shutil.copytree(pages, out / "asv", dirs_exist_ok=True)
    return pages is not None


def _contents(data: Path, asv: Path, out: Path) -> dict[str, Any]:
    """All that the templates show."""
    tested, timed, raced = results.read(data), timings.read(asv), peers.read(data)
    drawn, history = list(figures.collect()), speed.history(timed)
    grown = peers.growth(raced)
    shown = _draw(drawn + history + grown, out)
    return {
        "headline": verdict.headline(tested),
        "points": verdict.points(tested, timed, raced),
        "missing": verdict.missing(tested, timed, raced),
        "left_out": tested.left_out + timed.left_out + raced.left_out,
        "results": tested,
        "targets": available(),
        "absences": {name: absences(name) for name in BACKENDS},
        "documents": DOCUMENTS,
        "chapters": goldens.chapters(tested),
        "claims": goldens.claims(tested),
        "signs": goldens.SIGNS,
        "statuses": goldens.STATUSES,
        "grids": grids.grids(tested),
        "figures": shown[: len(drawn)],
        "history": shown[len(drawn) : len(drawn) + len(history)],
        "growth": shown[len(drawn) + len(history) :],
        "diagnostics": list(diagnostics.tables()),
        "speed": speed.tables(timed),
        "races": raced,
        "commits": speed.commits(timed),
        "titles": [timed.title(name) for name in sorted(timed.frame.benchmark.unique())],
        "asv_pages": _copy(timed.pages, out),
        "systems": SYSTEMS,
        "kinds": KINDS,
    }


def build(data: Path, asv: Path, out: Path) -> Path:
    """Build all pages in ``out`` and return the path of the first."""
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(__file__).with_name("templates")
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    contents = _contents(data, asv, out)
    for page in PAGES:
        text = templates.get_template(f"{page}.html").render(page=page, pages=PAGES, **contents)
        (out / f"{page}.html").write_text(text, encoding="utf-8")
    return out / "index.html"
