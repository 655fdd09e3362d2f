"""What a step of a subject costs beside one of ours, as a check with a clock reports it.

The clock itself is not here: whoever checks gives a `Timer`, such as `benchmarks.peers.checked`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from backends.conformance.given import Settings
from backends.conformance.subjects import Subject
from backends.conformance.verdict import Verdict
from backends.conformance.words import number


@dataclass(frozen=True)
class Speed:
    """The cost of a step of n parameters in one array, on one path in one dtype.

    Attributes
    ----------
    path, dtype, n
        What was timed.
    target
        Where ours was, such as "torch:cpu".
    verdict
        What the check says of that path and dtype.
    factor
        The largest error of the steps that were timed, as a multiple of its bound.
    seconds, ours
        The median time of a step, of the subject and of ours.
    ratio
        Its time divided by ours, round by round: median and quartiles. None if it was wrong, for
        steps that lead elsewhere are not compared.
    limit
        The seconds in which memory moves what a step must read and write, by the quickest copy in
        the same rounds; None for so few parameters that caches hold them.
    moved
        How many bytes that is.
    counts, ours_counts
        What a step consists of, by the counts that the framework has.
    """

    path: str
    dtype: str
    n: int
    target: str
    verdict: Verdict
    factor: float
    seconds: float
    ours: float
    ratio: tuple[float, float, float] | None
    limit: float | None
    moved: int
    counts: Mapping[str, int]
    ours_counts: Mapping[str, int]


# from a subject, its settings and the paths in one dtype to what their steps cost; raises
# `backends.Unsupported` with the reason if ours cannot run beside it
Timer: TypeAlias = Callable[[Subject, Settings, Sequence[str], str], Sequence[Speed]]


def lines(speeds: Sequence[Speed]) -> Iterator[str]:
    """Yield a table of speeds in words."""
    if not speeds:
        return
    first = speeds[0]
    yield f"microseconds a step in {first.dtype}, beside ours on {first.target}:"
    rows = [HEAD, *map(_cells, speeds)]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for path, *numbers in rows:
        cells = (f"{each:>{w}}" for each, w in zip(numbers, wide[1:], strict=True))
        yield "  ".join([f"{path:{wide[0]}}", *cells]).rstrip()


HEAD = (
    "path",
    "parameters",
    "verdict",
    "its",
    "ours",
    "its / ours",
    "limit",
    "counts of its and of ours",
)


def _cells(speed: Speed) -> tuple[str, ...]:
    compared = "not compared"
    if speed.ratio is not None:
        compared = "{:.3g} ({:.3g} to {:.3g})".format(*speed.ratio)
    return (
        speed.path,
        f"{speed.n:,}",
        speed.verdict if speed.factor <= 1 else f"wrong, {number(speed.factor)} times the bound",
        _micros(speed.seconds),
        _micros(speed.ours),
        compared,
        "" if speed.limit is None else _micros(speed.limit),
        ", ".join(_counted(speed)),
    )


def _micros(seconds: float) -> str:
    found = seconds * 1e6
    return f"{found:,.0f}" if found >= 1000 else f"{found:.3g}"


def _counted(speed: Speed) -> Iterator[str]:
    for name in {**speed.counts, **speed.ours_counts}:
        both = (counts.get(name, "?") for counts in (speed.counts, speed.ours_counts))
        yield "{} and {} {}".format(*both, name)


def to_dict(speed: Speed) -> dict[str, Any]:
    """Return a speed as JSON types; the error's factor is text where it is not finite."""
    found = {**vars(speed), "counts": dict(speed.counts), "ours_counts": dict(speed.ours_counts)}
    if speed.factor == float("inf"):
        found["factor"] = "inf"
    return found
