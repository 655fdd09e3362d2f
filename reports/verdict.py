"""The verdict in a few sentences, and what is missing with the command that makes it."""

from dataclasses import dataclass

from reference import GOLDENS
from reports.goldens import STATUSES, chapters, claims
from reports.peers import Races
from reports.results import Results
from reports.timings import Timings


@dataclass(frozen=True)
class Point:
    """One sentence of the verdict; ``sign`` is one of ✓ ✗ ·."""

    sign: str
    words: str
    page: str


@dataclass(frozen=True)
class Missing:
    """What the page lacks, and how to get it."""

    what: str
    command: str


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _goldens(results: Results) -> Point:
    rows = [row for chapter in chapters(results) for row in chapter.rows] + claims(results)
    counts = {status: sum(row.status == status for row in rows) for status in STATUSES}
    told = [
        f"{counts['reproduced']} of {len(GOLDENS)} printed texts are reproduced character for "
        "character in their own arithmetic"
    ]
    told += [f"{counts['number']} by number only"] if counts["number"] else []
    told += [f"{counts['wrong']} are not"] if counts["wrong"] else []
    told += [f"{counts['unchecked']} are not checked yet"] if counts["unchecked"] else []
    told += [f"{counts['words']} holds no number"] if counts["words"] else []
    sign = "✗" if counts["wrong"] else "·" if counts["unchecked"] else "✓"
    return Point(sign, "; ".join(told), "goldens.html")


def _claims(results: Results) -> Point:
    rows = [row for row in claims(results) if row.golden.line]
    measured = [row.golden for row in rows if row.status == "reproduced"]
    false = sum(golden.verdict == "false" for golden in measured)
    words = f"{len(measured)} of {_counted(len(rows), 'claim')} in the documents' sentences are "
    words += f"measured: {len(measured) - false} hold, {false} are false"
    return Point("✓" if len(measured) == len(rows) else "·", words, "goldens.html#claims")


def _cells(results: Results) -> Point:
    ran = results.count("passed") + results.count("failed")
    words = f"{results.count('passed'):,} of {_counted(ran, 'checked cell')} agree"
    if results.count("skipped"):
        words += f"; {results.count('skipped'):,} were skipped"
    sign = "·" if not ran else "✗" if results.count("failed") else "✓"
    return Point(sign, words, "agreement.html")


def _times(timings: Timings) -> Point:
    frame = timings.frame
    if frame.empty:
        return Point("·", "no times yet", "speed.html")
    words = (
        f"{_counted(frame.benchmark.nunique(), 'benchmark')}, measured at "
        f"{_counted(frame.commit.nunique(), 'commit')} on "
        f"{_counted(frame.machine.nunique(), 'machine')}"
    )
    return Point("✓", words, "speed.html")


def headline(results: Results) -> str:
    """The first sentence."""
    if not results.cells:
        return "Nothing has been checked yet."
    failed = results.count("failed")
    if failed:
        return f"{failed:,} of {_counted(failed + results.count('passed'), 'check')} failed."
    return "All that was checked is right."


def _peers(races: Races) -> Point:
    if not races.all:
        return Point("·", "no race against other libraries yet", "speed.html#peers")
    ahead = sum(race.ahead for race in races.all)
    words = f"ahead of every peer in {ahead} of {_counted(len(races.all), 'race')}"
    return Point("✓" if ahead == len(races.all) else "·", words, "speed.html#peers")


def points(results: Results, timings: Timings, races: Races) -> list[Point]:
    return [_goldens(results), _cells(results), _claims(results), _times(timings), _peers(races)]


def missing(results: Results, timings: Timings, races: Races) -> list[Missing]:
    """What is not there yet."""
    found = []
    if not results.cells:
        found.append(Missing("the outcome of the tests", "nox -s tests"))
    if timings.frame.empty:
        found.append(Missing("times", "nox -s bench"))
    if not races.all:
        found.append(Missing("races against other libraries", "nox -s peers"))
    if timings.frame.commit.nunique() < 2:
        found.append(Missing("times of earlier commits to compare with", "nox -s history"))
    if timings.pages is None:
        found.append(Missing("asv's own pages", "asv publish"))
    return found
