"""Reader of several machines' results: this checkout's, and those in ``reports/data/machines``."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from reports.read import races, results, versions
from reports.read.races import Races
from reports.read.results import Results
from reports.read.versions import Drifts
from reports.words import slug

FOLDER = "machines"
PASSING = ("date", "load", "commit", "dirty")  # what varies in one environment
UNSET = ("not set", "not installed", "nothing")


@dataclass(frozen=True)
class Machine:
    """What was found on a machine, in one environment.

    Attributes
    ----------
    name
        Its name; and if other results are of a machine of that name, what differs between them.
    """

    name: str
    tested: Results = field(default_factory=Results)
    raced: Races = field(default_factory=Races)
    levels: Mapping[str, Results] = field(default_factory=dict)
    drifts: Drifts = field(default_factory=Drifts)

    @property
    def environment(self) -> Mapping[str, str]:
        """Where and how it was tested, or else raced."""
        return self.tested.environment or self.raced.environment

    @property
    def left_out(self) -> list[str]:
        """A sentence for each part that could not be read."""
        levels = (words for each in self.levels.values() for words in each.left_out)
        return [*self.tested.left_out, *self.raced.left_out, *levels, *self.drifts.left_out]


def key(environment: Mapping[str, str]) -> str:
    """The folder of a machine's results: its name, and what stands for all else that matters."""
    lasting = sorted((name, value) for name, value in environment.items() if name not in PASSING)
    digest = sha256(json.dumps(lasting).encode()).hexdigest()[:8]
    return f"{slug(environment.get('machine', ''))}-{digest}"


def labels(environments: Sequence[Mapping[str, str]]) -> list[str]:
    """A name for each: the machine's; where several have the same, what differs follows."""
    groups = defaultdict(list)
    for each in environments:
        groups[each.get("machine", "")].append(each)
    found = []
    for each in environments:
        alike = groups[each.get("machine", "")]
        names = [n for n in dict.fromkeys(n for e in alike for n in e) if n not in PASSING]
        unlike = [n for n in names if len({e.get(n, "") for e in alike}) > 1]
        words = [_said(name, each.get(name, "")) for name in unlike]
        found.append(", ".join([each.get("machine", "") or "a machine without a name", *words]))
    return found


def _said(name: str, value: str) -> str:
    if name.isupper():
        return f"{name} not set" if value in ("", *UNSET) else f"{name}={value}"
    return f"{name} {value or 'unknown'}"


def _one(folder: Path) -> Machine:
    sessions = results.read_levels(folder)
    return Machine("", results.read(folder), races.read(folder), sessions, versions.read(folder))


def read(data: Path) -> list[Machine]:
    """This checkout's results, and then those of other machines or environments."""
    here = _one(data)
    others = [_one(path) for path in sorted((data / FOLDER).glob("*")) if path.is_dir()]
    ours = key(here.environment)  # they may have come back from elsewhere
    found = [here, *(each for each in others if key(each.environment) != ours)]
    names = labels([each.environment for each in found])
    return [
        Machine(name, each.tested, each.raced, each.levels, each.drifts)
        for name, each in zip(names, found, strict=True)
    ]
