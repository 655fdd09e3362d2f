"""Two commits compared, and how far their verdicts can be trusted."""

from collections import Counter
from collections.abc import Iterator
from statistics import median

import pandas as pd

from benchmarks.regressions.builds import WORKING_TREE
from reports.compute import history
from reports.read.comparisons import Alarm, Comparisons, Judged, Planted, Rate, Sized
from reports.words import counted

SHORT = 8  # characters of a commit's name
WORSE = ("wrong", "slower")
QUIET = ("same", "undecided")
UNKNOWN = "not measured"
UNTRIED = "is not measured yet (nox -s alarm)"
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


def trust(known: Comparisons) -> str:
    """How far verdicts can be trusted on the machine of the newest comparison, in a sentence."""
    if not known.found:
        return ""
    alarm = known.alarm
    counts, clocks = _always(alarm.sizes), _typical(alarm.same_clocks)
    told = [f"by counts from {_percent(counts)} on"] if counts else []
    told += [f"by clocks from {_percent(clocks)} on in half of the benchmarks"] if clocks else []
    lead = f"a slowdown is seen {' and '.join(told)}" if told else "how far this can be trusted"
    return f"on {alarm.machine} {lead}: {'; '.join(_record(alarm))}"


def _record(alarm: Alarm) -> Iterator[str]:
    """What is measured of the alarm on a machine, and what is not."""
    if not alarm.sizes:
        yield f"what counts see {UNTRIED}"
    yield _cries("counts", alarm.same_counts)
    yield _cries("clocks", alarm.same_clocks)
    if busy := alarm.busy_clocks:
        typical = _typical(busy)
        see = f", and see one from {_percent(typical)} on" if typical else ""
        yield f"with another process busy {_cries('clocks', busy)}{see}"


def _cries(what: str, rate: Rate | None) -> str:
    """How many false alarms there were, with the confidence interval of their share."""
    if not rate:
        return f"how often {what} raise a false alarm {UNTRIED}"
    alarms = f"{rate.flagged:,} false alarm{'' if rate.flagged == 1 else 's'}"
    interval = f"{_percent(rate.low, 2)} to {_percent(rate.high, 2)}"
    told = f"in {rate.compared:,} comparisons of the same code (95 % confidence: {interval})"
    return f"{what} raised {alarms} {told}"


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


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
        return f"{seen:.0%}" if seen else UNKNOWN
    ratio = alarm.same_clocks.seen.get(judged.name) if alarm.same_clocks else None
    return _share(ratio if judged.kind == "seconds" else None)


def _share(ratio: float | None) -> str:
    return f"{ratio - 1:.1%}" if ratio else UNKNOWN


def _false_alarms(judged: Judged, alarm: Alarm) -> str:
    """How often what decided this verdict flags the same code."""
    rate = {"counts": alarm.same_counts, "seconds": alarm.same_clocks}.get(judged.kind)
    return f"{rate.flagged} of {rate.compared:,}, at most {rate.high:.2%}" if rate else UNKNOWN


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
    words = f"{share:.2%} (95 % confidence: {rate.low:.2%} to {rate.high:.2%})"
    return rate.compared, rate.flagged, words


def plants(known: Comparisons) -> pd.DataFrame:
    """A row for every slowdown or mistake that was planted."""
    return pd.DataFrame(
        [(alarm.machine, *_plant(each)) for alarm in known.alarms for each in alarm.kinds],
        columns=["machine", "planted", "flagged by", "what it says", "flagged elsewhere"],
    )


def _plant(each: Planted) -> tuple[str, str, str, str]:
    seen = ", ".join(each.metrics) if each.flagged else "not seen"
    return each.plant, seen, each.why, ", ".join(each.elsewhere) or "nothing"


def sizes(known: Comparisons) -> pd.DataFrame:
    """What share of planted work of each size is flagged by counts, and where else."""
    rows = [
        (
            alarm.machine,
            f"{each.share:.0%}",
            f"{min(each.found):.1%} to {max(each.found):.1%}",
            f"{each.planted - len(each.missed)} of {each.planted}",
            ", ".join(each.elsewhere) or "nothing",
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
