"""Reader of what ``nox -s versions`` leaves: releases of a package, each compared with the next."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from reports.read.comparisons import Judged
from reports.typed import Unreadable, from_json


@dataclass(frozen=True)
class Release:
    """A version, and the environment it ran in."""

    version: str
    environment: dict[str, str]


@dataclass(frozen=True)
class Text:
    """A golden that both releases print otherwise, with what the document prints."""

    golden: str
    expected: str
    before: str
    after: str


@dataclass(frozen=True)
class Cause:
    """The operation that gave two results of the same arguments, or words in its place.

    ``words`` are the shapes of the arguments where these are whole arrays.
    """

    function: str
    arguments: list[float]
    results: list[float]
    correct: float | None
    errors: list[float]
    words: str


@dataclass(frozen=True)
class Changed:
    """A run or update whose bits changed.

    Attributes
    ----------
    what
        "point", "value" where only the objective's values differ, or "length".
    step, numbers, ulps, last
        The first step that differs, its first number that does, and how far apart the points are
        then and at the end, in units in the last place.
    ratios
        Both errors divided by the bound; None of an update.
    """

    work: str
    subject: str
    mode: str
    dtype: str
    what: str
    step: int
    numbers: tuple[float, float]
    ulps: float
    last: float
    cause: Cause
    ratios: list[float | None]


@dataclass(frozen=True)
class Broken:
    """What one release cannot do, and why; the other's reason is empty, or another."""

    work: str
    before: str
    after: str


@dataclass(frozen=True)
class Rounded:
    """A function's rounding, measured otherwise than before: shares misrounded, largest errors."""

    operation: str
    regime: str
    at_once: str
    dtype: str
    misrounded: tuple[float, float]
    error: tuple[float, float]
    allowed: float


@dataclass(frozen=True)
class Pair:
    """A release and the next: what was compared, and what differs.

    ``goldens``, ``works`` and ``functions`` are how many texts, works and measurements of functions
    were compared.
    """

    before: str
    after: str
    goldens: int
    works: int
    functions: int
    texts: list[Text]
    changed: list[Changed]
    broken: list[Broken]
    rounded: list[Rounded]
    rounds: int
    instructions: str
    verdicts: list[Judged]


@dataclass(frozen=True)
class Drift:
    """The releases of a package on a target, the oldest first, and each pair of neighbours."""

    package: str
    target: str
    releases: list[Release]
    pairs: list[Pair]


@dataclass(frozen=True)
class Drifts:
    """All packages, and in ``left_out`` a sentence for each unreadable file."""

    found: list[Drift] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read(data: Path) -> Drifts:
    """Read ``versions/*.json`` in ``data``."""
    found, left_out = [], []
    for path in sorted((data / "versions").glob("*.json")):
        try:
            found.append(from_json(json.loads(path.read_text(encoding="utf-8")), Drift))
        except (OSError, ValueError, Unreadable) as error:
            left_out.append(f"versions/{path.name} is damaged: {error}")
    return Drifts(found, left_out)
