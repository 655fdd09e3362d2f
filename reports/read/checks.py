"""Reader of what ``nox -s check -- --all`` has found of other libraries' optimizers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backends.conformance.verdict import RIGHT, WRONG
from reports.typed import Unreadable, from_json

FOLDER = "check"


@dataclass(frozen=True)
class TrialRead:
    """A trial: the fields are those of `backends.conformance.Trial`."""

    verdict: str
    tape: str
    dtype: str
    path: str
    why: str
    ratio: float
    step: int | None = None
    coordinate: int | None = None
    got: float | None = None
    exact: str = ""


@dataclass(frozen=True)
class CheckRead:
    """What was found of an optimizer.

    Attributes
    ----------
    framework, home, peer
        Whose it is, on what that computes (Keras' backend, or ""), and its name there.
    spec, hyper
        Our id of what it must be, and our hyperparameters of that.
    formula
        What it was found to be, if it is something else.
    """

    framework: str
    home: str
    peer: str
    spec: str
    verdict: str
    summary: str
    trials: list[TrialRead]
    versions: dict[str, str] = field(default_factory=dict)
    hyper: dict[str, str] = field(default_factory=dict)
    formula: str = ""

    @property
    def paths(self) -> Iterator[tuple[str, list[TrialRead]]]:
        """The trials of each path."""
        for path in dict.fromkeys(each.path for each in self.trials):
            yield path, [each for each in self.trials if each.path == path]

    @property
    def wrong(self) -> list[TrialRead]:
        """The trials that are wrong, the first of each path and dtype."""
        found = {(t.path, t.dtype): t for t in reversed(self.trials) if t.verdict == WRONG}
        return list(reversed(found.values()))


@dataclass(frozen=True)
class Checks:
    """All readable results, and in ``left_out`` a sentence for each that is not."""

    found: list[CheckRead] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def count(self, verdict: str = RIGHT) -> int:
        """How many optimizers have a verdict."""
        return sum(each.verdict == verdict for each in self.found)


def read(folder: Path) -> Checks:
    """Read the results in ``folder/check``; leave out what is damaged."""
    found: list[CheckRead] = []
    left_out: list[str] = []
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            data["hyper"] = {name: repr(value) for name, value in data["hyper"].items()}
            found.append(from_json(data, CheckRead))
        except Unreadable as names:
            left_out.append(f"{FOLDER}/{path.name}: without a usable {names}")
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            left_out.append(f"{FOLDER}/{path.name} is damaged: {type(error).__name__} {error}")
    return Checks(found, left_out)
