"""Reader of what ``nox -s regressions`` and ``nox -s alarm`` leave."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from reports.typed import Unreadable, from_json


@dataclass(frozen=True)
class Finding:
    """What one metric says of a benchmark; seconds have a ratio of head to base alone."""

    metric: str
    verdict: str
    base: float | None = None
    head: float | None = None
    ratio: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def moved(self) -> bool:
        """Whether it is another, beyond what varies by itself."""
        return self.verdict in ("slower", "faster", "wrong")


@dataclass(frozen=True)
class Judged:
    """A benchmark's verdict, why, and what each metric says."""

    name: str
    verdict: str
    why: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """What decided: "accuracy", "counts" or "seconds"; empty if nothing was measured."""
        if self.verdict == "wrong":
            return "accuracy"
        decisive = {f.metric for f in self.findings if f.verdict == self.verdict} - {"error"}
        return "counts" if decisive - {"seconds"} else "seconds" if decisive else ""


@dataclass(frozen=True)
class Compared:
    """Two commits, and the verdict on every benchmark, the worst first."""

    base: str
    head: str
    machine: str
    rounds: int
    verdicts: list[Judged]


@dataclass(frozen=True)
class Planted:
    """A slowdown or mistake that was planted, and the metrics that flagged it."""

    plant: str
    metrics: list[str]
    flagged: bool
    elsewhere: list[str]
    why: str = ""


@dataclass(frozen=True)
class Sized:
    """Work planted in many updates as a share of theirs; ``found`` is what was counted of it."""

    share: float
    planted: int
    found: list[float]
    missed: list[str]
    elsewhere: list[str]


@dataclass(frozen=True)
class Rate:
    """How often the same code was flagged against itself, with a 95 % confidence interval."""

    compared: int
    flagged: int
    low: float
    high: float
    seen: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Alarm:
    """What is known of the alarm on a machine."""

    machine: str
    kinds: list[Planted] = field(default_factory=list)
    sizes: list[Sized] = field(default_factory=list)
    same_counts: Rate | None = None
    same_clocks: Rate | None = None
    busy_clocks: Rate | None = None


@dataclass(frozen=True)
class Comparisons:
    """All comparisons, the newest first, and the alarm's own record of each machine."""

    found: list[Compared] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def alarm(self) -> Alarm:
        """What is known of the alarm on the machine of the newest comparison."""
        newest = self.found[0].machine if self.found else ""
        return next((each for each in self.alarms if each.machine == newest), Alarm(newest))


def read(asv: Path) -> Comparisons:
    """Read asv's folder; what is damaged is left out."""
    found, left_out = [], []
    paths = sorted(asv.glob("regressions/*/verdicts.json"), key=lambda p: p.stat().st_mtime)
    for path in reversed(paths):
        try:
            found.append(from_json(json.loads(path.read_text()), Compared))
        except (OSError, ValueError, Unreadable) as error:
            left_out.append(f"{path.parent.name}/{path.name} is damaged: {error}")
    alarms = []
    for path in sorted(asv.glob("alarm/*.json")):
        try:
            known = {k.replace(" ", "_"): v for k, v in json.loads(path.read_text()).items()}
            alarms.append(from_json(known, Alarm))
        except (OSError, ValueError, Unreadable, AttributeError) as error:
            left_out.append(f"alarm/{path.name} is damaged: {error}")
    return Comparisons(found, alarms, left_out)
