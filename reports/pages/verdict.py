"""The first page: a summary in sentences, and missing results with the command for each."""

from collections import defaultdict
from dataclasses import dataclass

from reference import GOLDENS
from reports.compute.goldens import Printed, Row, sign
from reports.compute.history import SHORT, History
from reports.compute.rates import strip
from reports.pages import regressions
from reports.pages.failures import Failure
from reports.pages.nearest import Nearest
from reports.read.bounds import Bounds
from reports.read.comparisons import Comparisons
from reports.read.races import Races
from reports.read.recorded import Recorded
from reports.read.results import Results
from reports.read.timings import Timings
from reports.words import counted


@dataclass(frozen=True)
class Point:
    """One sentence of the summary; ``sign`` is one of ✓ ✗ ·, ``page`` links to the details."""

    sign: str
    words: str
    page: str


@dataclass(frozen=True)
class Question:
    """A frequent question, its answer, and a link to the evidence."""

    words: str
    answer: str
    page: str


@dataclass(frozen=True)
class Missing:
    """A missing result, and the command that produces it."""

    what: str
    command: str


OTHERS = {  # the statuses of texts that do not match: what one of them does, and what several do
    "explained": ("is explained by a library's function", "are explained by a library's function"),
    "number": ("matches in value only", "match in value only"),
    "wrong": ("fails", "fail"),
    "unchecked": ("is not checked yet", "are not checked yet"),
    "words": ("has no number", "have no number"),
}
NAMED = 3  # texts that are named; more are counted


def goldens(printed: Printed) -> Point:
    """How many printed texts match, and what the others do."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in printed.rows.values():
        groups[row.status].append(row)
    words = [f"{len(groups['reproduced'])} of {len(GOLDENS)} printed texts match"]
    for status, (one, several) in OTHERS.items():
        if rows := groups[status]:
            names = "" if status == "unchecked" else f": {_named(rows)}"
            words.append(f"{len(rows)} {one if len(rows) == 1 else several}{names}")
    wrong = groups["wrong"]
    mark = "✗" if wrong else "·" if groups["unchecked"] else "✓"
    page = f"goldens.html#{wrong[0].anchor}" if wrong else "goldens.html"
    return Point(mark, "; ".join(words), page)


def _named(rows: list[Row]) -> str:
    """The texts that do not match, and where they fail or are explained."""
    names = []
    for row in rows[:NAMED]:
        where = {cell.target for cell in row.run if sign(cell) in ("failed", "explained")}
        names.append(row.golden.id + (f" on {', '.join(sorted(where))}" if where else ""))
    more = [f"and {len(rows) - NAMED} more"] if len(rows) > NAMED else []
    return ", ".join(names + more)


def _claims(printed: Printed) -> Point:
    rows = [row for row in printed.claims if row.golden.line]
    measured = [row.golden for row in rows if row.status in ("reproduced", "explained")]
    false = sum(golden.verdict == "false" for golden in measured)
    words = f"{len(measured)} of {counted(len(rows), 'claim')} in the documents' sentences are "
    words += f"measured: {len(measured) - false} hold, in {false} the document is wrong"
    return Point("✓" if len(measured) == len(rows) else "·", words, "goldens.html#claims")


def _cells(results: Results, failures: list[Failure]) -> Point:
    passed = results.count("passed")
    words = f"{passed:,} of {counted(passed + len(failures), 'check')} passed"
    if results.count("skipped"):
        words += f"; {results.count('skipped'):,} skipped"
    sign = "✗" if failures else "✓" if passed else "·"
    elsewhere = "index.html#failed" if failures else "accuracy.html"
    return Point(sign, words, next((f.row for f in failures if f.row), elsewhere))


def _times(timings: Timings) -> Point:
    frame = timings.frame
    if frame.empty:
        return Point("·", "no times yet", "speed.html")
    words = (
        f"{counted(frame.benchmark.nunique(), 'benchmark')}, measured at "
        f"{counted(frame.commit.nunique(), 'commit')} on "
        f"{counted(frame.machine.nunique(), 'machine')}"
    )
    failed = len(timings.failed)
    words += f"; {counted(failed, 'result')} of the newest failed" if failed else ""
    return Point("✗" if failed else "·", words, "speed.html")


def _changes(history: History) -> list[Point]:
    """For each machine, how many costs changed since the commit before."""
    return [
        Point(
            "✓" if not change.up else "·",
            f"at {change.commit[:SHORT]} on {change.machine}, {change.up} of "
            f"{counted(change.costs, 'cost')} are higher by more than noise than at "
            f"{change.before[:SHORT]}, and {change.down} as much lower",
            "speed.html#history",
        )
        for change in history.changes
    ]


def _disputes(printed: Printed, recorded: Recorded) -> Point:
    """In how many of the printed runs two backends differ."""
    if not recorded.partings:
        return Point("·", "where backends part is not recorded yet", "goldens.html#partings")
    parted = sum(parting.row is not None for parting in recorded.partings)
    pairs = counted(len(recorded.partings), "pair")
    words = f"the printed runs of two backends part in {parted} of {pairs}, "
    words += f"and print other digits in {counted(len(printed.disputes), 'run')}"
    return Point("✓", words, "goldens.html#partings")


def headline(results: Results) -> str:
    """The first sentence: whether any check failed."""
    failed, ran = results.count("failed"), results.count("failed") + results.count("passed")
    if not ran:
        return "Nothing has been checked yet."
    if failed:
        return f"{failed:,} of {counted(ran, 'check')} failed."
    return f"All {counted(ran, 'check')} passed."


def _compared(known: Comparisons) -> list[Point]:
    words = regressions.headline(known).removesuffix(".")
    sign = "✗" if regressions.worse(known) else "✓"
    return [Point(sign, words, "regressions.html#changes")] if words else []


def _peers(races: Races) -> Point:
    if not races.all:
        return Point("·", "no race against other libraries yet", "speed.html#peers")
    ahead = sum(race.ahead for race in races.all)
    words = f"ahead of every peer in {ahead} of {counted(len(races.all), 'race')}"
    return Point("✓" if ahead == len(races.all) else "·", words, "speed.html#peers")


def points(
    results: Results,
    failures: list[Failure],
    printed: Printed,
    recorded: Recorded,
    history: History,
    races: Races,
    compared: Comparisons,
) -> list[Point]:
    """The sentences of the summary."""
    return [
        goldens(printed),
        _cells(results, failures),
        _claims(printed),
        _disputes(printed, recorded),
        _times(history.timings),
        *_changes(history),
        *_compared(compared),
        _peers(races),
    ]


def questions(printed: Printed, nearest: list[Nearest], races: Races) -> list[Question]:
    """Frequent questions, with answers from the results."""
    found = [
        Question(
            f"Why do backends print other digits of {row.golden.id}?",
            answer_text,
            f"goldens.html#{row.anchor}",
        )
        for row, answer_text in printed.disputes
    ]
    for each in nearest[:1]:
        asked = "Which run is nearest to its bound?"
        found.append(Question(asked, each.words, f"accuracy.html{each.row}"))
    for race in races.furthest_first[:1]:
        rival = race.rivals[str(race.best)]
        words = f"{race.work}, by {race.backend}, {race.what}: {rival.ratio:.2f} times {race.best}."
        found.append(
            Question("What is furthest behind its peer?", words, f"speed.html#{race.anchor}")
        )
    gd = strip("square", "gd")
    words = f"Above {gd.diverges:.4f}. It is quickest at {gd.best:g}, with "
    words += f"{counted(int(gd.steps), 'step')}."
    asked = "From which learning rate on does gradient descent diverge on x²?"
    return [*found, Question(asked, words, "maps.html#lr-square-gd")]


def missing(
    results: Results, timings: Timings, races: Races, recorded: Recorded, bounds: Bounds
) -> list[Missing]:
    """The results that are missing."""
    found = []
    if not results.cells:
        found.append(Missing("the outcome of the tests", "nox -s tests"))
    if timings.frame.empty:
        found.append(Missing("times", "nox -s bench"))
    if not races.all:
        found.append(Missing("races against other libraries", "nox -s peers"))
    if not recorded.runs:
        found.append(Missing("the explorer's paths, and where backends part", "nox -s paths"))
    if not bounds.noticed:
        found.append(Missing("how sharp and how sure the bound is", "nox -s bound"))
    if timings.frame.commit.nunique() < 2:
        found.append(Missing("times of earlier commits to compare with", "nox -s history"))
    if timings.pages is None:
        found.append(Missing("asv's own pages", "asv publish"))
    return found
