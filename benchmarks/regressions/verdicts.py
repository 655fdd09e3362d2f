"""Five verdicts a benchmark, from all that was measured of it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks._catalogue import Cell
from benchmarks.regressions.statistics import DISCOVERIES, RELEVANT, Estimate

SLOWER, FASTER, SAME = "slower", "faster", "same"
UNDECIDED, NOTHING, WRONG = "undecided", "measured nothing", "wrong"
ORDER = (WRONG, SLOWER, NOTHING, UNDECIDED, FASTER, SAME)

# Changes that are not called. Instructions vary with addresses, which dictionaries hash: the same
# code differed by up to 0.5 % in two counts. The peak of allocated bytes depends on how threads
# meet. Other counts are exact, and a smaller change of them costs no one anything.
NEGLIGIBLE = {"instructions": 0.01, "allocated bytes": 0.05}
OTHERS = 0.005
SMALL = math.log(1.02)  # a change of seconds that is not called, however sure it is
LOST = 0.05  # of the error allowed: a change of accuracy that is called
MOST = 1e9  # JSON has no infinity


@dataclass(frozen=True)
class Finding:
    """What one metric says of a benchmark.

    Attributes
    ----------
    metric
        "instructions", "seconds", "error", or another count's name.
    base, head
        The values; NaN-free, None where there is none.
    ratio, low, high
        Of head to base, with a 95 % confidence interval for seconds; counts have no spread.
    verdict
        "slower", "faster", "same" or "undecided".
    detail
        What else is to be said, in words.
    """

    metric: str
    base: float | None
    head: float | None
    ratio: float
    low: float
    high: float
    verdict: str
    detail: str = ""


@dataclass(frozen=True)
class Verdict:
    """What all metrics together say of a benchmark."""

    name: str
    optimizer: str
    target: str
    verdict: str
    why: str
    findings: tuple[Finding, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def counted(metric: str, base: float, head: float, decides: bool = True) -> Finding:
    """Judge a count; one that does not decide is shown, and called the same."""
    ratio = head / base if base else (1.0 if head == base else float("inf"))
    limit = NEGLIGIBLE.get(metric, OTHERS)
    changed = SLOWER if ratio > 1 + limit else FASTER if ratio < 1 / (1 + limit) else SAME
    verdict = changed if decides else SAME
    shown = min(ratio, MOST)
    return Finding(metric, base, head, shown, shown, shown, verdict)


def timed(found: Estimate) -> Finding:
    """Judge seconds."""
    verdict, detail = UNDECIDED, f"{found.wanted} more rounds would decide"
    if found.q < DISCOVERIES and abs(math.log(found.ratio)) > SMALL:
        verdict, detail = (SLOWER if found.ratio > 1 else FASTER), f"q = {found.q:.1g}"
    elif max(-math.log(found.low), math.log(found.high)) < RELEVANT:
        verdict, detail = SAME, ""
    seen = f"a slowdown of {found.seen - 1:.0%} would be seen"
    words = "; ".join(filter(None, (detail, seen)))
    return Finding("seconds", None, None, found.ratio, found.low, found.high, verdict, words)


def accurate(base: float, head: float) -> Finding:
    """Judge the largest error as a share of the error allowed; infinite where it is above 1."""
    lost = head - base
    verdict = WRONG if head > 1 or lost > LOST else SAME
    ratio = min(head / base, MOST) if base else 1.0
    detail = "the base was wrong, and the head is right" if base > 1 >= head else ""
    return Finding("error", min(base, MOST), min(head, MOST), ratio, ratio, ratio, verdict, detail)


def counts(cell: Cell, base: Mapping[str, float], head: Mapping[str, float]) -> list[Finding]:
    """Judge the counts that both sides have.

    Python's bytecodes stand for instructions where these are not counted. Of large work they are a
    negligible part.
    """
    both = [metric for metric in base if metric in head]
    hidden = "instructions" in both or cell.large
    return [
        counted(metric, base[metric], head[metric], metric != "bytecodes" or not hidden)
        for metric in both
    ]


def verdict(cell: Cell, findings: list[Finding], reason: str | None) -> Verdict:
    """Combine metrics: counts decide where they exist, seconds add what they cannot see.

    ``reason`` says why something was measured on no side or on one only.
    """
    kind, why = _combined(findings, reason)
    return Verdict(cell.name, cell.optimizer, cell.target, kind, why, tuple(findings))


def _combined(findings: list[Finding], reason: str | None) -> tuple[str, str]:
    by = {v: [f for f in findings if f.verdict == v] for v in ORDER}
    for kind in (WRONG, SLOWER):
        if by[kind]:
            return kind, words(by[kind])
    if reason is not None or not findings:
        return NOTHING, reason or "nothing was measured"
    if by[FASTER]:
        return FASTER, words(by[FASTER])
    decided = any(f.verdict == SAME and f.metric == "instructions" for f in findings)
    if by[UNDECIDED] and not decided:
        return UNDECIDED, by[UNDECIDED][0].detail
    return SAME, ""


def words(findings: list[Finding]) -> str:
    """Metrics with their changes."""
    return ", ".join(_words(f) for f in findings)


def _words(found: Finding) -> str:
    if found.metric == "error" and found.base is None:
        return found.detail
    if found.metric == "error":
        base, head = (_share(share) for share in (found.base or 0.0, found.head or 0.0))
        return f"error {base} to {head} of that allowed"
    if not found.base and found.base is not None:
        return f"{found.metric} 0 to {found.head:,.0f}"
    change = f"{found.metric} {found.ratio - 1:+.1%}"
    if found.metric == "seconds":
        return f"{change} ({found.low - 1:+.1%} to {found.high - 1:+.1%})"
    return change


def _share(share: float) -> str:
    return f"{share:.2f}" if share <= 1 else "more than all"


def texts(
    base: Mapping[str, str], head: Mapping[str, str], expected: Mapping[str, str], target: str
) -> Iterator[Verdict]:
    """A verdict for each golden that lost or gained its printed text."""
    for name in sorted({*base, *head}):
        before, after = (side.get(name) == expected.get(name) for side in (base, head))
        if before and not after:
            got = head.get(name, "nothing").splitlines()
            lines = expected[name].splitlines()
            pairs = zip(lines, [*got, *[""] * len(lines)], strict=False)
            line, other = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
            why = f"a digit of the golden is lost: {line!r} is now {other!r}"
            yield Verdict(f"golden {name} {target}", "", target, WRONG, why)
        elif after and not before:
            yield Verdict(f"golden {name} {target}", "", target, FASTER, "the golden is right now")
