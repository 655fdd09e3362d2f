"""Costs by commit: relative to the oldest, where they stepped up or down, and the last change."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from itertools import pairwise
from pathlib import Path
from statistics import median

import pandas as pd
from asv.step_detect import detect_steps

from reports.read.timings import Timings
from reports.words import counted

CLOCKS = 1.1  # a smaller factor of seconds is noise, as long as `nox -s alarm` has not measured it
COUNTS = 1.01  # what is counted varies by less
EACH = 3  # commits on each side of a step; fewer tell runs apart, not code
SHORT = 8  # characters of an abbreviated hash
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Change:
    """How many costs are higher or lower at a machine's newest commit than at the one before.

    ``load`` says that the machine was busy, if it was.
    """

    machine: str
    commit: str
    before: str
    costs: int
    up: int
    down: int
    load: str = ""

    @property
    def words(self) -> str:
        """What two runs differ in; that alone is no change of the code."""
        commits = f"{self.commit[:SHORT]} and {self.before[:SHORT]}"
        if not self.up + self.down:
            return f"{commits} agree on {self.machine}: none of {self.costs} costs differs"
        words = f"two runs on {self.machine} differ: {self.up} of {self.costs} costs are higher at "
        words += f"{self.commit[:SHORT]} than at {self.before[:SHORT]}, and {self.down} lower"
        load = f", {self.load}" if self.load else ""
        return f"{words}{load}; fewer than {EACH} commits on each side tell nothing of the code"


@dataclass(frozen=True)
class Commit:
    """A commit measured on a machine, with the median of its relative costs by benchmark."""

    machine: str
    commit: str
    subject: str
    medians: dict[str, float]


@dataclass(frozen=True)
class History:
    """The cost of each benchmark from commit to commit."""

    timings: Timings
    seen: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By machine and benchmark of a comparison, the smallest slowdown that the clocks show."""

    def notable(self, machine: str, benchmark: str) -> float:
        """The smallest factor of a benchmark's cost that is not noise on a machine."""
        if self.timings.unit(benchmark) not in ("", "seconds"):
            return COUNTS
        seen = self.seen.get(machine.partition(", ")[0])  # what follows tells its environment
        return median(seen.values()) if seen else CLOCKS

    @cached_property
    def relative(self) -> pd.DataFrame:
        """Every value divided by the oldest one of the same machine, benchmark and parameters."""
        frame = self.timings.frame.dropna(subset="value").sort_values("date", kind="stable")
        first = frame.groupby(["machine", "benchmark", "params"]).value.transform("first")
        titles = frame.benchmark.map(self.timings.title)
        frame = frame.assign(relative=frame.value / first, title=titles)[first > 0]
        return frame.assign(short=frame.commit.str[:SHORT])

    @cached_property
    def commits(self) -> list[Commit]:
        """Every commit measured on a machine, the oldest first."""
        groups = self.relative.groupby(["machine", "date", "commit"], sort=True)
        return [
            Commit(name, commit, subject(commit), part.groupby("title").relative.median().to_dict())
            for (name, _, commit), part in groups
        ]

    @property
    def compared(self) -> list[Commit]:
        """The commits of machines that measured several: one is only compared with itself."""
        count = Counter(each.machine for each in self.commits)
        return [each for each in self.commits if count[each.machine] > 1]

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for every commit on a machine."""
        rows = [
            {"machine": c.machine, "commit": c.commit, "subject": c.subject, **c.medians}
            for c in self.commits
        ]
        return pd.DataFrame(rows)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """Lasting changes of a cost by more than noise, by asv's own step detection.

        None is claimed from fewer than `EACH` commits on each side of it.
        """
        found = []
        groups = self.relative.groupby(["machine", "benchmark", "params"], sort=True)
        for (machine, benchmark, params), part in groups:
            title = self.timings.title(benchmark)
            for row, ratio in _steps(part.relative.tolist(), self.notable(machine, benchmark)):
                commit = part.commit.iloc[row]
                words = (commit[:SHORT], subject(commit), machine, title, ", ".join(params))
                found.append((*words, ratio))
        names = ["commit", "subject", "machine", "benchmark", "parameters", "ratio"]
        frame = pd.DataFrame(found, columns=names)
        return frame.sort_values("ratio", ascending=False, kind="stable")

    @cached_property
    def changes(self) -> list[Change]:
        """For each machine, the change of costs from the last commit but one to the newest."""
        machines = self.relative.groupby("machine", sort=True)
        found = (self._change(machine, part) for machine, part in machines)
        return [change for change in found if change is not None]

    def _change(self, machine: str, part: pd.DataFrame) -> Change | None:
        order = part.sort_values("date", kind="stable").commit.unique()
        if len(order) < 2:
            return None
        before, newest = order[-2:]
        old, new = (
            part[part.commit == commit].set_index(["benchmark", "params"]).value
            for commit in (before, newest)
        )
        ratio = (new / old).dropna()
        limit = ratio.index.get_level_values("benchmark").map(partial(self.notable, machine))
        up, down = int((ratio > limit).sum()), int((ratio < 1 / limit).sum())
        load = _load(self.timings.conditions, machine)
        return Change(machine, newest, before, len(ratio), up, down, load)


def _load(conditions: Mapping[str, str], machine: str) -> str:
    """What to say of the load during a machine's last run, if it was above the cores."""
    load = re.match(r"\d+\.?\d*", conditions.get("load", ""))
    cores = re.fullmatch(r"\d+", conditions.get("cores", ""))
    here = conditions.get("machine") == machine.partition(", ")[0]
    if not (load and cores and here) or float(load[0]) <= int(cores[0]):
        return ""
    return f"under a load of {load[0]} on {counted(int(cores[0]), 'core')}"


def _steps(costs: list[float], notable: float) -> Iterator[tuple[int, float]]:
    """The index of each lasting change in a series of costs, and the ratio of new to old."""
    for old, new in pairwise(detect_steps(costs)):
        if min(old[1] - old[0], new[1] - new[0]) < EACH:
            continue
        ratio = new[2] / old[2] if old[2] else float("inf")
        if not 1 / notable < ratio < notable:
            yield new[0], ratio


@cache
def subject(commit: str) -> str:
    """The first line of a commit's message; empty if this repository does not have the commit."""
    return _git("log", "-1", "--format=%s", commit, "--") if commit.isalnum() else ""


@cache
def between(one: str, other: str) -> tuple[int, int] | None:
    """How many commits only the first of two has behind it, and how many only the second.

    None if this repository does not have both.
    """
    if not (one.isalnum() and other.isalnum()):
        return None
    counts = _git("rev-list", "--count", "--left-right", f"{one}...{other}", "--").split()
    return (int(counts[0]), int(counts[1])) if len(counts) == 2 else None


def _git(*arguments: str) -> str:
    """What git prints in this repository; empty if it fails, or there is no git."""
    command = ("git", *arguments)
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
