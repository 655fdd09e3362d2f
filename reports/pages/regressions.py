"""Two commits compared, and how far their verdicts can be trusted."""

from collections import Counter

import pandas as pd

from reports.read.comparisons import Comparisons, Planted, Rate

SHORT = 8  # characters of a commit's name
QUIET = ("same", "undecided")


def comparisons(known: Comparisons) -> pd.DataFrame:
    """A row for every comparison: how many benchmarks have each verdict."""
    rows = []
    for each in known.found:
        counts = Counter(v.verdict for v in each.verdicts)
        words = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
        clocks = f"{each.rounds} rounds" if each.rounds else "none"
        rows.append((each.base[:SHORT], each.head[:SHORT], each.machine, clocks, words))
    return pd.DataFrame(rows, columns=["base", "head", "machine", "clocks", "benchmarks"])


def changes(known: Comparisons) -> pd.DataFrame:
    """A row for every benchmark that changed, or was not measured, in the newest comparison."""
    found = known.found[0].verdicts if known.found else []
    rows = [(v.name, v.verdict, v.why) for v in found if v.verdict not in QUIET]
    return pd.DataFrame(rows, columns=["benchmark", "verdict", "why"])


def rates(known: Comparisons) -> pd.DataFrame:
    """How often the same code is flagged against itself."""
    kinds = {"counts": known.alarm.same_counts, "seconds": known.alarm.same_clocks}
    rows = [(name, *_rate(rate)) for name, rate in kinds.items() if rate is not None]
    return pd.DataFrame(rows, columns=["metric", "comparisons", "false alarms", "rate"])


def _rate(rate: Rate) -> tuple[int, int, str]:
    share = rate.flagged / rate.compared if rate.compared else 0.0
    words = f"{share:.2%} (95 % confidence: {rate.low:.2%} to {rate.high:.2%})"
    return rate.compared, rate.flagged, words


def plants(known: Comparisons) -> pd.DataFrame:
    """A row for every slowdown or mistake that was planted."""
    return pd.DataFrame(
        [_plant(each) for each in known.alarm.kinds],
        columns=["planted", "flagged by", "what it says", "flagged elsewhere"],
    )


def _plant(each: Planted) -> tuple[str, str, str, str]:
    seen = ", ".join(each.metrics) if each.flagged else "not seen"
    return each.plant, seen, each.why, ", ".join(each.elsewhere) or "nothing"


def sizes(known: Comparisons) -> pd.DataFrame:
    """What share of planted work of each size is flagged by counts, and where else."""
    rows = [
        (
            f"{each.share:.0%}",
            f"{min(each.found):.1%} to {max(each.found):.1%}",
            f"{each.planted - len(each.missed)} of {each.planted}",
            ", ".join(each.elsewhere) or "nothing",
        )
        for each in known.alarm.sizes
        if each.found
    ]
    return pd.DataFrame(rows, columns=["planted", "counted", "flagged", "flagged elsewhere"])


def seen(known: Comparisons) -> pd.DataFrame:
    """The smallest slowdown of each benchmark that clocks see with 95 % power."""
    rate = known.alarm.same_clocks
    rows = sorted(rate.seen.items(), key=lambda item: item[1]) if rate else []
    return pd.DataFrame(
        [(name, f"{ratio - 1:.1%}") for name, ratio in rows],
        columns=["benchmark", "smallest slowdown seen"],
    )
