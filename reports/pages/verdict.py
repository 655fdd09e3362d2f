"""The first page: a summary in sentences."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reports.compute.goldens import OTHERS, Printed, Row, sign
from reports.compute.history import History
from reports.pages import regressions
from reports.pages.failures import collect
from reports.read.comparisons import Comparisons
from reports.read.machines import Machine
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

    @property
    def parts(self) -> tuple[str, str]:
        """What is the link, and what follows it."""
        first, *rest = re.split("(?=[;:] )", self.words, maxsplit=1)
        return first, "".join(rest)


NAMED = 3  # texts that are named; more are counted


def goldens(printed: Printed) -> Point:
    """How many printed texts match, and what the others do."""
    matching = sum(row.status == "reproduced" for row in printed.texts)
    words = [f"{matching} of {counted(len(printed.texts), 'printed text')} match"]
    for status, rows in printed.others.items():
        one, several = OTHERS[status]
        names = "" if status == "unchecked" else f": {_named(rows)}"
        words.append(f"{len(rows)} {one if len(rows) == 1 else several}{names}")
    wrong = printed.others.get("wrong")
    mark = "✗" if wrong else "·" if "unchecked" in printed.others else "✓"
    page = f"#{wrong[0].anchor}" if wrong else "#others" if matching and printed.others else ""
    return Point(mark, "; ".join(words), f"goldens.html{page}")


def _named(rows: list[Row]) -> str:
    """The texts that do not match, and where they fail or are explained."""
    names = []
    for row in rows[:NAMED]:
        where = {cell.target for cell in row.run if sign(cell) in ("failed", "explained")}
        names.append(row.golden.id + (f" on {', '.join(sorted(where))}" if where else ""))
    more = [f"and {len(rows) - NAMED} more"] if len(rows) > NAMED else []
    return ", ".join(names + more)


def claims(printed: Printed) -> Point:
    """How many sentences are right, in which the document is wrong, and which are not measured."""
    found: dict[str, list[Row]] = {}
    for row in printed.claims:
        found.setdefault(row.judged, []).append(row)
    holds, false = found.pop("holds", []), found.pop("false", [])
    words = f"{counted(len(printed.claims), 'claim')} in the documents' sentences: "
    words += f"{len(holds)} hold{'s' if len(holds) == 1 else ''}"
    words += f", in {len(false)} the document is wrong ({_named(false)})" if false else ""
    for status, rows in found.items():
        verb = OTHERS[status][len(rows) > 1]
        words += f"; {len(rows)} {verb}" + (f" ({_named(rows)})" if status == "wrong" else "")
    mark = "✗" if "wrong" in found else "·" if found else "✓"
    return Point(mark, words, "goldens.html#claims")


def _cells(results: Results) -> Point:
    passed, failures = results.count("passed"), collect(results)
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
    """For each machine, how its last two runs differ."""
    return [
        Point("·" if change.up + change.down else "✓", change.words, "speed.html#history")
        for change in history.changes
    ]


def _disputes(printed: Printed, recorded: Recorded) -> Point:
    """In how many of the printed runs two backends differ."""
    if not recorded.partings:
        return Point("·", "where backends part is not recorded yet", "goldens.html#partings")
    parted = sum(parting.row is not None for parting in recorded.partings)
    pairs = counted(len(recorded.partings), "time")
    words = f"a run of a document was taken by two backends {pairs}: in {parted} of them some "
    words += "number differs in its last bits, as rounding may, and "
    words += f"{counted(len(printed.disputes), 'run')} would print other digits"
    return Point("·", words, "goldens.html#partings")


def headline(machines: Sequence[Machine]) -> str:
    """The first sentence: whether any check failed, and on which of several machines."""
    tested = {each.name: each.tested for each in machines if _ran(each.tested)}
    if not tested:
        return "Nothing has been checked yet."
    told = [
        _ended(results) + (f" on {name}" if len(tested) > 1 else "")
        for name, results in tested.items()
    ]
    return "; ".join([told[0], *(words.replace("All", "all", 1) for words in told[1:])]) + "."


def _ran(results: Results) -> int:
    return results.count("failed") + results.count("passed")


def _ended(results: Results) -> str:
    failed, ran = results.count("failed"), counted(_ran(results), "check")
    return f"{failed:,} of {ran} failed" if failed else f"All {ran} passed"


def elsewhere(machines: Sequence[Machine]) -> list[Point]:
    """How each other machine's checks ended."""
    return [
        Point(
            "✗" if each.tested.count("failed") else "✓",
            f"on {each.name}: {_ended(each.tested).lower()}",
            "machines.html",
        )
        for each in machines[1:]
        if _ran(each.tested)
    ]


def _compared(known: Comparisons, checked: str) -> list[Point]:
    """What got worse, between which commits, and how far that can be trusted."""
    if not known.found:
        words = "no two commits are compared yet (nox -s regressions -- HEAD~1)"
        return [Point("·", words, "regressions.html#comparisons")]
    words = regressions.headline(known).removesuffix(".")
    words += f"; {regressions.standing(known, checked)}"
    sign = "✗" if regressions.worse(known) else "✓"
    trusted = Point("·", regressions.trust(known)[0], "regressions.html#alarm")
    return [Point(sign, words, "regressions.html#changes"), trusted]


def _peers(races: Races) -> Point:
    if not races.all:
        return Point("·", "no race against other libraries yet", "speed.html#peers")
    ahead = sum(race.ahead for race in races.all)
    words = f"ahead of every peer in {ahead} of {counted(len(races.all), 'race')}"
    return Point("✓" if ahead == len(races.all) else "·", words, "speed.html#peers")


def points(
    results: Results,
    printed: Printed,
    recorded: Recorded,
    history: History,
    races: Races,
    compared: Comparisons,
) -> list[Point]:
    """The sentences of the summary."""
    return [
        goldens(printed),
        claims(printed),
        _cells(results),
        *_compared(compared, results.commit),
        _disputes(printed, recorded),
        _times(history.timings),
        *_changes(history),
        _peers(races),
    ]
