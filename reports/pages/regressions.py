"""Two commits compared, and how far their verdicts can be trusted."""

from collections import Counter
from statistics import median

import pandas as pd

from benchmarks.regressions.builds import WORKING_TREE
from reports.compute import history
from reports.read.comparisons import Alarm, Comparisons, Judged, Planted, Rate, Sized
from reports.words import counted

NAMED = 3  # benchmarks that are named; more are counted
SHORT = 8  # characters of a commit's name
WORSE = ("wrong", "slower")
QUIET = ("same", "undecided")
UNKNOWN = "not measured"
ALARM = "nox -s alarm"
UNTRIED = f"is not measured yet ({ALARM})"
NBSP = "\N{NO-BREAK SPACE}"
COLUMNS = ["benchmark", "verdict", "why", "smallest slowdown seen", "false alarms"]


def headline(known: Comparisons) -> str:
    """What the newest comparison found, in a sentence."""
    if not known.found:
        return ""
    newest = known.found[0]
    worse = sum(v.verdict in WORSE for v in newest.verdicts)
    how = "" if newest.rounds else ", by counts only"
    ends = f"from {newest.base[:SHORT]} to {newest.head[:SHORT]}{how}"
    return f"{worse or 'None'} of {counted(len(newest.verdicts), 'benchmark')} got worse {ends}."


def standing(known: Comparisons, checked: str) -> str:
    """How the newest comparison's head stands to the commit that the report checks."""
    if not known.found:
        return ""
    head, report = known.found[0].head, "the commit that this report checks"
    if head == WORKING_TREE:
        return f"its head is a working tree, and not {report}"
    apart = history.between(head, checked)
    if not checked or apart is None:
        return f"this repository cannot tell how its head stands to {report}"
    match apart:
        case 0, 0:
            return f"its head is {report}"
        case 0, since:
            return f"its head is {counted(since, 'commit')} before {report}, {checked[:SHORT]}"
        case ahead, 0:
            return f"its head is {counted(ahead, 'commit')} after {report}, {checked[:SHORT]}"
    return f"its head is on another branch than {report}, {checked[:SHORT]}"


def trust(known: Comparisons) -> list[str]:
    """How far the newest comparison can be trusted, in sentences: what decided comes first."""
    if not known.found:
        return []
    alarm, decided = known.alarm, _decided(known)
    told = {"counts": _counts(alarm), "clocks": _clocks(alarm)}
    return [told[what] for what in sorted(told, key=lambda what: (what != decided, what))]


def _decided(known: Comparisons) -> str:
    """What decided most verdicts of the newest comparison: "counts" or "clocks"."""
    kinds = Counter(v.kind for v in known.found[0].verdicts)
    return "clocks" if kinds["seconds"] > kinds["counts"] else "counts"


def _counts(alarm: Alarm) -> str:
    smallest = _always(alarm.sizes)
    sees = f"see every slowdown of {_percent(smallest)} or more" if smallest else ""
    if not alarm.sizes:
        sees = f"see an unknown share of slowdowns: that {UNTRIED}"
    return f"counts on {alarm.machine} {sees or 'miss slowdowns'}, and {_cries(alarm.same_counts)}"


def _clocks(alarm: Alarm) -> str:
    typical = _typical(alarm.same_clocks)
    sees = f"see {_percent(typical)} in half of the benchmarks, and " if typical else ""
    words = f"clocks on {alarm.machine} {sees}{_cries(alarm.same_clocks)}"
    if alarm.busy_clocks:
        words += f"; with another process busy, {_cries(alarm.busy_clocks)}"
    return words


def _cries(rate: Rate | None) -> str:
    """How many false alarms there were, with the upper end of the confidence interval."""
    if not rate:
        return f"have no count of false alarms yet ({ALARM})"
    alarms = f"{rate.flagged:,} false alarm{'' if rate.flagged == 1 else 's'}"
    told = f"raised {alarms} in {rate.compared:,} comparisons of the same code"
    return f"{told} (at most {_percent(rate.high, 2)}, with 95{NBSP}% confidence)"


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f}{NBSP}%"


def _typical(rate: Rate | None) -> float:
    """The slowdown that is seen in half of the benchmarks; 0 if that is not known."""
    return median(rate.seen.values()) - 1 if rate and rate.seen else 0.0


def _always(sizes: list[Sized]) -> float | None:
    """The smallest planted slowdown from which on all were seen; None if none is."""
    found = None
    for each in sorted(sizes, key=lambda each: each.share, reverse=True):
        if each.missed or not each.planted:
            break
        found = each.share
    return found


def worse(known: Comparisons) -> bool:
    """Whether something got worse in the newest comparison."""
    return any(v.verdict in WORSE for each in known.found[:1] for v in each.verdicts)


def comparisons(known: Comparisons) -> pd.DataFrame:
    """A row for every comparison: how many benchmarks have each verdict."""
    rows = []
    for each in known.found:
        counts = Counter(v.verdict for v in each.verdicts)
        words = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
        clocks = f"{each.rounds} rounds" if each.rounds else "none"
        ends = each.base[:SHORT], each.head[:SHORT], history.subject(each.head)
        rows.append((*ends, each.machine, clocks, words))
    columns = ["base", "head", "what the head did", "machine", "clocks", "benchmarks"]
    return pd.DataFrame(rows, columns=columns)


def changes(known: Comparisons) -> pd.DataFrame:
    """A row for every benchmark that changed, or was not measured, in the newest comparison."""
    return _verdicts(known, quiet=False)


def unchanged(known: Comparisons) -> pd.DataFrame:
    """A row for every other benchmark of the newest comparison."""
    return _verdicts(known, quiet=True)


def _verdicts(known: Comparisons, quiet: bool) -> pd.DataFrame:
    rows = [
        (v.name, v.verdict, v.why, _smallest(v, known.alarm), _false_alarms(v, known.alarm))
        for each in known.found[:1]
        for v in each.verdicts
        if (v.verdict in QUIET) == quiet
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _smallest(judged: Judged, alarm: Alarm) -> str:
    """The smallest slowdown that what decided this verdict is known to see."""
    if judged.kind == "accuracy":
        return "does not apply"
    if judged.kind == "counts":
        seen = _always(alarm.sizes)
        return _percent(seen) if seen else UNKNOWN
    ratio = alarm.same_clocks.seen.get(judged.name) if alarm.same_clocks else None
    return _share(ratio if judged.kind == "seconds" else None)


def _share(ratio: float | None) -> str:
    return _percent(ratio - 1, 1) if ratio else UNKNOWN


def _false_alarms(judged: Judged, alarm: Alarm) -> str:
    """How often what decided this verdict flags the same code."""
    rate = {"counts": alarm.same_counts, "seconds": alarm.same_clocks}.get(judged.kind)
    if not rate:
        return UNKNOWN
    return f"{rate.flagged} of {rate.compared:,}, at most {_percent(rate.high, 2)}"


def rates(known: Comparisons) -> pd.DataFrame:
    """How often the same code is flagged against itself."""
    rows = [
        (alarm.machine, name, *_rate(rate))
        for alarm in known.alarms
        for name, rate in (
            ("counts", alarm.same_counts),
            ("seconds", alarm.same_clocks),
            ("seconds, another process busy", alarm.busy_clocks),
        )
        if rate is not None
    ]
    return pd.DataFrame(rows, columns=["machine", "metric", "comparisons", "false alarms", "rate"])


def _rate(rate: Rate) -> tuple[int, int, str]:
    share = rate.flagged / rate.compared if rate.compared else 0.0
    low, high = _percent(rate.low, 2), _percent(rate.high, 2)
    words = f"{_percent(share, 2)} (95{NBSP}% confidence: {low} to {high})"
    return rate.compared, rate.flagged, words


def plants(known: Comparisons) -> pd.DataFrame:
    """A row for every slowdown or mistake that was planted."""
    return pd.DataFrame(
        [(alarm.machine, *_plant(each)) for alarm in known.alarms for each in alarm.kinds],
        columns=["machine", "planted", "flagged by", "what it says", "flagged elsewhere"],
    )


def _plant(each: Planted) -> tuple[str, str, str, str]:
    seen = ", ".join(each.metrics) if each.flagged else "not seen"
    return each.plant, seen, each.why, _elsewhere(each.elsewhere)


def _elsewhere(names: list[str]) -> str:
    """The benchmarks that were flagged besides; the first ones of many."""
    if len(names) <= NAMED:
        return ", ".join(names) or "nothing"
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"


def sizes(known: Comparisons) -> pd.DataFrame:
    """What share of planted work of each size is flagged by counts, and where else."""
    rows = [
        (
            alarm.machine,
            _percent(each.share),
            f"{_percent(min(each.found), 1)} to {_percent(max(each.found), 1)}",
            f"{each.planted - len(each.missed)} of {each.planted}",
            _elsewhere(each.elsewhere),
        )
        for alarm in known.alarms
        for each in alarm.sizes
        if each.found
    ]
    columns = ["machine", "planted", "counted", "flagged", "flagged elsewhere"]
    return pd.DataFrame(rows, columns=columns)


def seen(known: Comparisons) -> pd.DataFrame:
    """The smallest slowdown of each benchmark that clocks see with 95 % power."""
    rows = [
        (alarm.machine, name, _share(ratio), _share(busy.get(name)))
        for alarm in known.alarms
        if alarm.same_clocks
        for busy in (alarm.busy_clocks.seen if alarm.busy_clocks else {},)
        for name, ratio in sorted(alarm.same_clocks.seen.items(), key=lambda item: item[1])
    ]
    columns = ["machine", "benchmark", "smallest slowdown seen", "with another process busy"]
    return pd.DataFrame(rows, columns=columns)
