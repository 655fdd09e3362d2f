"""Builds the pages: reads what results there are, draws the figures, fills in the templates."""

import gzip
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reference import DOCUMENTS, FirstOrder
from reports import swap
from reports.compute import diagnostics, goldens, history, rates, roofline, samples, scale
from reports.compute.outcomes import STEPS
from reports.draw import accuracy, commits, figures, growth, maps
from reports.draw import studies as study_maps
from reports.draw.figure import Figure, Picture, pictures
from reports.pages import (
    arithmetic,
    asv,
    checks,
    environment,
    explorer,
    failures,
    formulas,
    gaps,
    glossary,
    grids,
    levels,
    machines,
    nearest,
    optimizers,
    planted,
    porting,
    questions,
    regressions,
    sharpness,
    speed,
    verdict,
    versions,
)
from reports.pages import studies as study_pages
from reports.read import bounds, comparisons, recorded, studies, systems, timings
from reports.read import machines as fleet
from reports.read.checks import read as read_checks
from reports.words import counted, digits, quantity, sentence, slug

GROUPS = {  # of pages in the navigation: their titles by name
    "Is it right?": {
        "index": "Verdict",
        "goldens": "Printed numbers",
        "check": "Check yours",
        "accuracy": "Accuracy",
        "arithmetic": "Arithmetic",
    },
    "See it": {
        "optimizers": "Optimizers",
        "explorer": "Explorer",
        "maps": "Maps",
        "figures": "Figures",
        "studies": "Studies",
    },
    "Is it fast?": {"speed": "Speed", "regressions": "Regressions"},
    "Where it ran": {
        "machines": "Machines",
        "versions": "Versions",
        "systems": "Systems",
        "environment": "Environment",
    },
}
PAGES = {name: title for group in GROUPS.values() for name, title in group.items()}
FOLDER = Path(__file__).parent / "pages"


class Inputs:
    """All results that were read, and what several pages compute from them.

    ``left_out`` has a sentence for each part that could not be read.
    """

    def __init__(self, data: Path, asv: Path) -> None:
        self.machines = fleet.read(data)
        self.here = self.machines[0]
        self.tested, self.raced = self.here.tested, self.here.raced
        self.timed = timings.read(asv)
        self.recorded = recorded.read(data)
        self.levels = levels.collect(self.machines)
        self.bounds = bounds.read(data)
        self.compared = comparisons.read(asv)
        self.studies = studies.read(data)
        self.checked = read_checks(data)
        self.left_out = [words for each in self.machines for words in each.left_out]
        for other in (
            self.recorded,
            self.bounds,
            self.timed,
            self.compared,
            self.studies,
            self.checked,
        ):
            self.left_out += other.left_out
        self.printed = goldens.collect(self.tested, self.recorded)
        self.failures = failures.everywhere(self.machines)
        self.nearest = nearest.collect(self.tested)
        self.session = arithmetic.Session(self.tested)
        alarms = self.compared.alarms
        seen = {each.machine: each.same_clocks.seen for each in alarms if each.same_clocks}
        self.history = history.History(self.timed, seen)
        self.tables = speed.tables(self.timed)
        self.moved = roofline.frame(self.timed, self.raced)


def _drawn(inputs: Inputs) -> dict[str, list[Picture]]:
    """Draw all figures, grouped by the part of the report that shows them."""
    wanted: dict[str, Iterable[Figure]] = {
        "figures": figures.collect(),
        "accuracy": accuracy.figures(inputs.tested),
        "maps": maps.figures(),
        "studies": study_maps.figures(inputs.studies.found),
        "growth": growth.figures(inputs.raced),
        "history": commits.figures(inputs.history),
    }
    places = {place: list(found) for place, found in wanted.items()}
    drawn = iter(pictures([figure for found in places.values() for figure in found]))
    return {place: [next(drawn) for _ in found] for place, found in places.items()}


def _sheets(inputs: Inputs, shown: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """The data frame of every table, by the name of its CSV file."""
    tested, timed = inputs.tested, inputs.timed
    return {
        "failed": failures.frame(inputs.failures),
        "skipped": pd.DataFrame(tested.reasons("skipped"), columns=["reason", "checks"]),
        "goldens": goldens.frame(inputs.printed),
        "partings": goldens.partings(inputs.recorded),
        "nearest": nearest.frame(inputs.nearest),
        **{f"cells-{name}": grids.frame(tested, name) for name in grids.KINDS},
        "arithmetic": inputs.session.frame,
        "arithmetic-facts": arithmetic.facts(inputs.session),
        "allowances": arithmetic.reasons(),
        "machines": machines.overview(inputs.machines),
        "machines-digits": machines.digits(inputs.machines),
        "machines-races": machines.races(inputs.machines),
        "machines-times": machines.times(timed),
        "releases": versions.releases(inputs.machines),
        "versions-texts": versions.texts(inputs.machines),
        "versions-runs": versions.runs(inputs.machines),
        "versions-functions": versions.functions(inputs.machines),
        "versions-counts": versions.counts(inputs.machines),
        "versions-seconds": versions.seconds(inputs.machines),
        "versions-others": versions.others(inputs.machines),
        "versions-broken": versions.broken(inputs.machines),
        "levels": levels.sessions(inputs.levels),
        "levels-compared": levels.compared(inputs.session, inputs.levels),
        "noticed-hyperparameters": sharpness.hyperparameters(inputs.bounds),
        "noticed-constants": sharpness.constants(inputs.bounds),
        "coverage": sharpness.coverage(inputs.bounds),
        "coverage-factors": sharpness.factors(inputs.bounds),
        "maps": rates.frame(),
        "races": inputs.raced.data,
        "roofline": inputs.moved,
        "scale": scale.on_paper(timed),
        **{table.sheet: table.data for table in inputs.tables},
        "comparisons": regressions.comparisons(inputs.compared),
        "changes": regressions.changes(inputs.compared),
        "unchanged": regressions.unchanged(inputs.compared),
        "false-alarms": regressions.rates(inputs.compared),
        "plants": regressions.plants(inputs.compared),
        "planted-sizes": regressions.sizes(inputs.compared),
        "seen-slowdowns": regressions.seen(inputs.compared),
        "studies": study_pages.studies(inputs.studies),
        "study-versions": study_pages.versions(inputs.studies),
        "study-grids": study_pages.grids(inputs.studies),
        **study_pages.scalings(inputs.studies),
        "hyperparameters": optimizers.frame(),
        "formulas": formulas.frame(tested),
        "aliases": optimizers.aliases(),
        "porting": porting.frame(),
        "ports": porting.every_port(),
        "scoreboard": checks.scoreboard(inputs.checked),
        "scoreboard-wrong": checks.wrong_frame(shown["wrong"]),
        "planted": planted.mistakes(tested),
        "planted-tapes": planted.tapes(tested),
        "planted-criteria": planted.criteria(tested),
        "commits": inputs.history.table,
        "steps": inputs.history.steps,
        **{f"diagnostic-{t.system}": t.data for t in shown["diagnostics"]},
        "systems": systems.frame(),
        "targets": environment.targets([each.tested for each in inputs.machines]),
        "facts": environment.facts(tested, timed, inputs.raced),
    }


def _verdict(inputs: Inputs) -> dict[str, Any]:
    """The variables of the first page's template."""
    tested, timed, raced = inputs.tested, inputs.timed, inputs.raced
    known = inputs.printed, inputs.recorded, inputs.history, raced, inputs.compared
    elsewhere = verdict.elsewhere(inputs.machines), versions.points(inputs.machines)
    return {
        "headline": verdict.headline(inputs.machines),
        "points": [
            point for found in (verdict.points(tested, *known), *elsewhere) for point in found
        ],
        "questions": questions.collect(
            inputs.printed,
            inputs.nearest,
            inputs.tables,
            inputs.moved,
            raced,
            bool(timed.pages),
            tested,
        ),
        "failures": inputs.failures,
        "words": glossary.WORDS,
        "left_out": inputs.left_out,
    }


def _contents(inputs: Inputs) -> dict[str, Any]:
    """The variables of all templates."""
    tested, timed = inputs.tested, inputs.timed
    shown: dict[str, Any] = {
        **_verdict(inputs),
        "results": tested,
        "documents": DOCUMENTS,
        "printed": inputs.printed,
        "signs": goldens.SIGNS,
        "statuses": goldens.STATUSES,
        "judgements": goldens.JUDGEMENTS,
        "verbs": goldens.OTHERS,
        "grids": grids.grids(tested),
        "shown": grids.shown(tested),
        "elsewhere": grids.elsewhere(tested),
        "nearest": inputs.nearest,
        "nearest_peer": nearest.peers(tested),
        "bounds": inputs.bounds,
        "arithmetic": arithmetic.tables(inputs.session),
        "arithmetic_summary": arithmetic.summary(inputs.session),
        "pictures": _drawn(inputs),
        "strips": rates.strips(),
        "ravine": rates.ravine(),
        "rates": len(rates.RATES),
        "smallest": rates.RATES[0],
        "largest": rates.RATES[-1],
        "steps": STEPS,
        "explorer": bool(inputs.recorded.runs),
        "guides": explorer.GUIDES,
        "unrecorded": explorer.unrecorded(inputs.recorded),
        "diagnostics": list(diagnostics.tables(inputs.printed)),
        "speed": inputs.tables,
        "sources": speed.sources(inputs.tables, tested.commit),
        "samples": samples,
        "given": roofline.given(timed),
        "fits": roofline.fits,
        "above": roofline.above,
        "machines": environment.machines(timed),
        "raced_on": environment.said(inputs.raced.environment),
        "races": inputs.raced,
        "drifts": versions.sentences(inputs.machines),
        "uncompared": versions.uncompared(inputs.machines),
        "commits": inputs.history.compared,
        "each_side": history.EACH,
        "titles": [timed.title(name) for name in sorted(timed.frame.benchmark.unique())],
        "asv_pages": timed.pages is not None,
        "served": asv.SERVED,
        "checked": inputs.checked,
        "checked_headline": checks.headline(inputs.checked),
        "findings": checks.findings(),
        "wrong": checks.wrong(inputs.checked),
        "planted": planted.headline(tested),
        "compared": regressions.headline(inputs.compared),
        "worse": regressions.worse(inputs.compared),
        "standing": regressions.standing(inputs.compared, tested.commit),
        "trust": regressions.trust(inputs.compared),
        "dashboards": study_pages.dashboards(inputs.studies),
        "scalings": study_pages.scaled(inputs.studies),
        "optimizers": optimizers.ENTRIES,
        "beside": optimizers.table(FirstOrder),
        "aliases": optimizers.aliases(),
        "porting": porting.tables(),
        "schedules": optimizers.RULES,
        "systems": systems.SYSTEMS,
        "kinds": systems.KINDS,
        "written": environment.written(tested),
    }
    sheets = _sheets(inputs, shown)
    rows = _rows(inputs, sheets)
    empty = gaps.collect(rows, tested)
    return {
        **shown,
        "gaps": empty,
        "commands": environment.commands(tested, gaps.made(rows)),
        "sheets": {**sheets, "missing": gaps.frame(empty)},
    }


def _rows(inputs: Inputs, sheets: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """How much there is of every part of the report: the rows of a table, or else 0 or more."""
    return {name: len(frame) for name, frame in sheets.items()} | {
        "explorer": len(inputs.recorded.runs),
        "growth": len(inputs.raced.growth),
        "scaling": sum(study.scaling is not None for study in inputs.studies.found),
        "asv": int(inputs.timed.pages is not None),
    }


def templates() -> Environment:
    """The templates of all pages, with their filters."""
    found = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(slug=slug, sentence=sentence, digits=digits)
    found.globals["counted"] = counted
    found.filters["seconds"] = partial(quantity, unit="seconds")
    return found


def _pages(contents: dict[str, Any]) -> dict[str, str]:
    """The HTML of every page, by its name."""
    found = templates()
    return {
        page: found.get_template(f"{page}.html").render(
            page=page, pages=PAGES, groups=GROUPS, **contents
        )
        for page in PAGES
    }


def _texts(contents: dict[str, Any], inputs: Inputs) -> Iterator[tuple[str, str]]:
    """The pages, pictures, tables and scripts, each with its path in the report."""
    for page, text in _pages(contents).items():
        yield f"{page}.html", text
    for found in contents["pictures"].values():
        for each in found:
            yield each.path, each.svg
            yield each.numbers, each.data.to_csv(index=False)
    for name, frame in contents["sheets"].items():
        yield f"data/{slug(name)}.csv", frame.to_csv(index=False)
    yield "data/paths.csv.gz", explorer.frame(inputs.recorded).to_csv(index=False)
    yield "assets/explorer-data.js", explorer.script(inputs.recorded)
    if inputs.timed.pages is not None:
        for name, text in asv.pages(inputs.timed.pages).items():
            yield f"asv/{name}", text


def _encoded(name: str, text: str) -> bytes:
    """A file's bytes, compressed reproducibly if its name ends with .gz."""
    plain = text.encode()
    return gzip.compress(plain, mtime=0) if name.endswith(".gz") else plain


def build(data: Path, asv: Path, out: Path) -> Path:
    """Build all pages in ``out`` and return the path of the first.

    Raises
    ------
    FileExistsError
        If ``out`` exists and is neither a report nor an empty folder.
    """
    swap.check(out)  # fail before the minutes of work
    inputs = Inputs(data, asv)
    texts = _texts(_contents(inputs), inputs)
    files = {name: _encoded(name, text) for name, text in texts}
    folders = {"assets": FOLDER / "assets"}
    if inputs.timed.pages is not None:
        folders["asv"] = inputs.timed.pages
    swap.write(out, files, folders)
    return out / "index.html"
