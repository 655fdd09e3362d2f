"""Reader of ``bound.json``, which ``python -m reports.bound`` writes."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from reference.sharpness import SHARES
from reports.typed import readable
from reports.words import counted


@dataclass(frozen=True)
class Noticed:
    """Which changes make a run exceed its bound.

    Attributes
    ----------
    run
        A case's id, or a description of a tape.
    problem
        Empty for a tape.
    changes
        The smallest relative change that is detected, by name of hyperparameter or constant.
    """

    run: str
    optimizer: str
    problem: str
    dtype: str
    changes: dict[str, float]


@dataclass(frozen=True)
class Covered:
    """How many independent perturbed runs exceed a bound: a `reference.sharpness.Coverage`.

    ``kind`` describes the run in a word or two.
    """

    run: str
    kind: str
    dtype: str
    runs: int
    beyond: int
    ratio: float
    factors: dict[str, list[float]]


@dataclass(frozen=True)
class Bounds:
    """All readable results, and in ``left_out`` a sentence for each unreadable part.

    A bound is ``margin`` times the largest error of ``samples`` perturbed runs.
    """

    margin: float = math.nan
    samples: int = 0
    noticed: list[Noticed] = field(default_factory=list)
    covered: list[Covered] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read(folder: Path) -> Bounds:
    """Read ``bound.json`` from ``folder``; leave out rows that cannot be shown."""
    path = folder / "bound.json"
    if not path.exists():
        return Bounds()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        margin, samples = float(data["margin"]), int(data["samples"])
        rows = list(data["noticed"]), list(data["covered"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        return Bounds(left_out=[f"{path.name} is damaged: {type(error).__name__} {error}"])
    noticed = readable(rows[0], Noticed)
    covered = list(filter(_complete, readable(rows[1], Covered)))
    lost = sum(map(len, rows)) - len(noticed) - len(covered)
    left_out = [f"{path.name}: {counted(lost, 'row')} cannot be shown"] if lost else []
    return Bounds(margin, samples, noticed, covered, left_out)


def _complete(row: Covered) -> bool:
    """Whether the keys of ``factors`` are integers and each has all quantiles."""
    known = all(n.isdecimal() for n in row.factors)
    return known and all(len(quantiles) == len(SHARES) for quantiles in row.factors.values())
