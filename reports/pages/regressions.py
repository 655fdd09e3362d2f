"""Two commits compared, and how far their verdicts can be trusted."""

from collections import Counter

import pandas as pd

from reports.compute import history
from reports.read.comparisons import Alarm, Comparisons, Judged, Planted, Rate
from reports.words import counted

SHORT = 8  # characters of a commit's name
WORSE = ("wrong", "slower")
QUIET = ("same", "undecided")
UNKNOWN = "not measured"
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
        seen = [each.share for each in alarm.sizes if each.planted and not each.missed]
        return f"{min(seen):.0%}" if seen else UNKNOWN
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
