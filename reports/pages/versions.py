"""Which release of a framework changed a digit, or a microsecond."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from backends import BACKENDS
from backends.explanation import number
from reports.compute.partings import function
from reports.pages.verdict import Point
from reports.read.comparisons import Finding, Judged
from reports.read.machines import Machine
from reports.read.versions import Cause, Changed, Drift, Pair
from reports.words import counted, quantity

SECONDS, ERROR = "seconds", "error"
Row = tuple[object, ...]


def _pairs(machines: Sequence[Machine]) -> Iterator[tuple[str, Drift, Pair]]:
    for each in machines:
        for drift in each.drifts.found:
            for pair in drift.pairs:
                yield _whose(drift, each.name), drift, pair


def _whose(drift: Drift, otherwise: str) -> str:
    told = drift.releases[-1].environment if drift.releases else {}
    return told.get("machine", otherwise)


def releases(machines: Sequence[Machine]) -> pd.DataFrame:
    """A row for every release: where it ran, and beside which versions."""
    rows = [
        (f"{drift.package} {release.version}", drift.target, told.get("machine", ""),
         *(told.get(name, "") for name in ("processor", "python", "date")), _beside(drift, told))
        for each in machines
        for drift in each.drifts.found
        for release in drift.releases
        for told in (release.environment,)
    ]  # fmt: skip
    names = ["release", "target", "machine", "processor", "python", "date", "beside"]
    return pd.DataFrame(rows, columns=names)


def _beside(drift: Drift, told: dict[str, str]) -> str:
    names = ("numpy", "scipy", "jax", "jaxlib", "torch")
    others = (name for name in names if name in told and name != drift.package)
    return ", ".join(f"{name} {told[name]}" for name in others)


def sentences(machines: Sequence[Machine]) -> list[str]:
    """For each release what it changed, or that it changed nothing, in a sentence."""
    return [f"{_from(*each)}: {summary(each[2])}." for each in _pairs(machines)]


def uncompared(machines: Sequence[Machine]) -> list[str]:
    """The frameworks of which no releases were compared."""
    known = {drift.package for each in machines for drift in each.drifts.found}
    return sorted({module.REQUIRES for module in BACKENDS.values()} - known)


def _from(machine: str, drift: Drift, pair: Pair) -> str:
    return f"{drift.package} {pair.before} to {pair.after} on {machine}"


def summary(pair: Pair) -> str:
    """What changed between two releases: digits, bits, functions, counts, seconds."""
    broken = f"{counted(len(pair.broken), 'run')} cannot be done by one of both"
    rounded = f"{_of(len(pair.rounded), pair.functions, 'measurement')} of functions' rounding"
    parts = [_digits(pair), _bits(pair), f"{rounded} changed", *_costs(pair)]
    return "; ".join([*parts, *([broken] if pair.broken else [])])


def _of(count: int, every: int, noun: str) -> str:
    return f"{count or 'none'} of {counted(every, noun)}"


def _lost(pair: Pair) -> int:
    """How many texts were the document's before, and are no longer."""
    return sum(text.after != text.expected == text.before for text in pair.texts)


def _digits(pair: Pair) -> str:
    words = f"{_of(len(pair.texts), pair.goldens, 'printed or claimed text')} changed"
    return f"{words}, {_lost(pair)} away from the document's" if _lost(pair) else words


def _bits(pair: Pair) -> str:
    words = f"the bits of {_of(len(pair.changed), pair.works, 'run')} changed"
    if not pair.changed:
        return words
    worst = max((r for c in pair.changed for r in c.ratios[1:] if r is not None), default=0.0)
    within = "all within their bounds" if worst <= 1 else "some beyond their bounds"
    return f"{words}, first by {_functions(pair.changed)}, {within}"


def _costs(pair: Pair) -> Iterator[str]:
    findings = [finding for _, finding in _findings(pair)]
    counts = [f for f in findings if _is_count(f)]
    clocks = [f for f in findings if f.metric == SECONDS]
    for kind, found in (("count", counts), ("time", clocks)):
        undecided = sum(f.verdict == "undecided" for f in found)
        words = f"{_of(sum(f.moved for f in found), len(found), kind)} moved"
        words += f", {undecided} are undecided" if undecided else ""
        yield words if found else f"no {kind}s were compared"


def _functions(changed: Sequence[Changed]) -> str:
    found = Counter(c.cause.function or c.cause.words for c in changed)
    return ", ".join(f"{name} ({count})" for name, count in found.most_common())


def _is_count(finding: Finding) -> bool:
    return finding.metric not in (SECONDS, ERROR)


def _table(
    machines: Sequence[Machine], names: list[str], rows: Callable[[Pair], Iterator[Row]]
) -> pd.DataFrame:
    found = [(_from(*each), *row) for each in _pairs(machines) for row in rows(each[2])]
    return pd.DataFrame(found, columns=["releases", *names])


def texts(machines: Sequence[Machine]) -> pd.DataFrame:
    """A row for every golden that two releases print otherwise."""
    names = ["golden", "the document", "before", "after"]
    return _table(machines, names, lambda pair: (
        (t.golden, t.expected, t.before, t.after) for t in pair.texts
    ))  # fmt: skip


def runs(machines: Sequence[Machine]) -> pd.DataFrame:
    """A row for every run and update whose bits changed: where, by what, and how far off it is."""
    names = ["run", "first step", "operation", "units apart", "units apart at the end",
             "error / bound before", "error / bound after"]  # fmt: skip
    return _table(machines, names, _runs)


def _runs(pair: Pair) -> Iterator[Row]:
    for each in pair.changed:
        ratios = (math.nan if ratio is None else ratio for ratio in each.ratios)
        where = "the values" if each.what == "value" else each.step
        yield each.work, where, cause(each, pair), each.ulps, each.last, *ratios


def cause(each: Changed, pair: Pair) -> str:
    """The operation that differs, in words."""
    found: Cause = each.cause
    if len(found.results) != 2:
        return found.words
    if not found.arguments:
        left, right = (number(result, each.dtype) for result in found.results)
        return f"{found.function} of {found.words} is {left} and {right}"
    results = dict(zip((pair.before, pair.after), found.results, strict=True))
    return function(found.function, found.arguments, results, found.correct, each.dtype)


def functions(machines: Sequence[Machine]) -> pd.DataFrame:
    """A row for every function whose rounding was measured otherwise than before."""
    names = ["function", "arguments", "at once", "dtype", "misrounded before",
             "misrounded after", "error before", "error after", "error allowed"]  # fmt: skip
    return _table(machines, names, lambda pair: (
        (r.operation, r.regime, r.at_once, r.dtype, *r.misrounded, *r.error, r.allowed)
        for r in pair.rounded
    ))  # fmt: skip


def counts(machines: Sequence[Machine]) -> pd.DataFrame:
    """A row for every count that moved."""
    names = ["benchmark", "count", "before", "after", "after / before"]
    return _table(machines, names, lambda pair: (
        (v.name, f.metric, _number(f.base), _number(f.head), f.ratio)
        for v, f in _findings(pair)
        if _is_count(f) and f.moved
    ))  # fmt: skip


def seconds(machines: Sequence[Machine]) -> pd.DataFrame:
    """A row for every time that moved by more than chance."""
    names = ["benchmark", "after / before", "from", "to", "verdict"]
    return _table(machines, names, lambda pair: (
        (v.name, f.ratio, f.low, f.high, f.verdict)
        for v, f in _findings(pair)
        if f.metric == SECONDS and f.moved
    ))  # fmt: skip


def others(machines: Sequence[Machine]) -> pd.DataFrame:
    """A row for every time that did not move, or is undecided."""
    names = ["benchmark", "after / before", "from", "to", "verdict"]
    return _table(machines, names, lambda pair: (
        (v.name, f.ratio, f.low, f.high, f.verdict)
        for v, f in _findings(pair)
        if f.metric == SECONDS and not f.moved
    ))  # fmt: skip


def broken(machines: Sequence[Machine]) -> pd.DataFrame:
    """A row for every run that one release cannot do, or each for another reason."""
    names = ["run", "before", "after"]
    return _table(machines, names, lambda pair: (
        (b.work, b.before or "runs", b.after or "runs") for b in pair.broken
    ))  # fmt: skip


def _findings(pair: Pair) -> Iterator[tuple[Judged, Finding]]:
    for judged in pair.verdicts:
        for finding in judged.findings:
            yield judged, finding


def _number(value: float | None) -> str:
    return "" if value is None else quantity(value, "count") if value % 1 else f"{value:,.0f}"


def points(machines: Sequence[Machine]) -> list[Point]:
    """For each release, whether it changed a printed text or a run."""
    return [_point(*each) for each in _pairs(machines)]


def _point(machine: str, drift: Drift, pair: Pair) -> Point:
    words = f"{_from(machine, drift, pair)}: {_digits(pair)}; {_bits(pair)}"
    sign = "✗" if _lost(pair) else "·" if pair.texts or pair.changed else "✓"
    return Point(sign, words, "versions.html")
