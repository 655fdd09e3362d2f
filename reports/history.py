"""From commit to commit: what each cost, where it stepped up or down, and the last change."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import seaborn as sns
from asv.step_detect import detect_steps

from reports.drawing import INK, Drawn, Figure, axes
from reports.timings import Timings

NOTABLE = 1.1  # a smaller step, up or down, is noise on most machines
SHORT = 8  # characters of a commit's name
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Change:
    """How the costs at a machine's newest commit compare with those at the one before."""

    machine: str
    commit: str
    before: str
    costs: int
    up: int
    down: int


def relative(timings: Timings) -> pd.DataFrame:
    """Every value divided by the oldest one of the same machine, benchmark and parameters."""
    frame = timings.frame.dropna(subset="value").sort_values("date", kind="stable")
    first = frame.groupby(["machine", "benchmark", "params"]).value.transform("first")
    titles = frame.benchmark.map(timings.title)
    frame = frame.assign(relative=frame.value / first, title=titles)[first > 0]
    return frame.assign(short=frame.commit.str[:SHORT])


def commits(timings: Timings) -> list[dict[str, Any]]:
    """Every commit measured on a machine, the oldest first, with its median relative costs."""
    frame = relative(timings)
    return [
        {
            "machine": machine,
            "commit": commit,
            "subject": subject(commit),
            "medians": part.groupby("title").relative.median().to_dict(),
        }
        for (machine, _, commit), part in frame.groupby(["machine", "date", "commit"], sort=True)
    ]


@cache
def subject(commit: str) -> str:
    """The first line of a commit's message, or nothing where this is not its repository."""
    if not commit.isalnum():
        return ""
    command = ("git", "log", "-1", "--format=%s", commit, "--")
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def steps(timings: Timings) -> pd.DataFrame:
    """Where a cost moved for good by more than a tenth, by asv's own step detection."""
    found = []
    groups = relative(timings).groupby(["machine", "title", "params"], sort=True)
    for (machine, title, params), part in groups:
        segments = detect_steps(part.relative.tolist())
        for old, new in pairwise(segments):
            ratio = new[2] / old[2] if old[2] else float("inf")
            if not 1 / NOTABLE < ratio < NOTABLE:
                commit = part.short.iloc[new[0]]
                found.append((commit, machine, title, ", ".join(params), ratio))
    columns = ["commit", "machine", "benchmark", "parameters", "ratio"]
    return pd.DataFrame(found, columns=columns).sort_values("ratio", ascending=False, kind="stable")


def changes(timings: Timings) -> list[Change]:
    """On each machine, the newest commit against the one before it."""
    found = []
    for machine, part in relative(timings).groupby("machine", sort=True):
        order = part.sort_values("date", kind="stable").commit.unique()
        if len(order) < 2:
            continue
        old, new = (
            part[part.commit == commit].set_index(["benchmark", "params"]).value
            for commit in order[-2:]
        )
        ratio = (new / old).dropna()
        up, down = int((ratio > NOTABLE).sum()), int((ratio < 1 / NOTABLE).sum())
        found.append(Change(machine, order[-1], order[-2], len(ratio), up, down))
    return found


def _lines(frame: pd.DataFrame, stepped: pd.DataFrame) -> Drawn:
    target = frame.params.map(lambda params: next((p for p in params if ":" in p), "all"))
    shown = frame.assign(target=target).sort_values("date", kind="stable")
    groups = list(shown.groupby("title", sort=True))
    figure, panels = axes(7.2, 2.2 * len(groups), nrows=len(groups), sharex=True, squeeze=False)
    order = list(shown.short.unique())
    for ax, (name, part) in zip(panels[:, 0], groups, strict=True):
        look = {"hue": "target", "style": "target", "markers": True, "dashes": False}
        place = part.assign(place=part.short.map(order.index))
        look |= {"estimator": "median", "errorbar": None}
        sns.lineplot(place, x="place", y="relative", ax=ax, **look)
        for commit in stepped[stepped.benchmark == name].commit.unique():
            ax.axvline(order.index(commit), color=INK, lw=0.8, ls=":")
        ax.set(title=name.replace("$", r"\$"), xlabel="", ylabel="relative cost")
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    panels[-1, 0].set_xticks(range(len(order)), order, rotation=45, ha="right")
    words = f"Relative cost at {len(order)} commits, the oldest 1; the table has the numbers."
    columns = ["commit", "title", "params", "value", "relative"]
    return Drawn(figure, words, shown[columns])


def figures(timings: Timings) -> Iterator[Figure]:
    """A figure for every machine that measured more than one commit."""
    stepped = steps(timings)
    for index, (machine, part) in enumerate(relative(timings).groupby("machine", sort=True)):
        if part.commit.nunique() > 1:
            caption = (
                "The median over all parameters of the cost, divided by that at the oldest commit. "
                "A dotted line marks a commit at which some cost moved for good by over a tenth."
            )
            title = f"From commit to commit on {machine}"
            draw = partial(_lines, part, stepped[stepped.machine == machine])
            yield Figure(f"history-{index}", (), "", title, caption, draw)


def table(timings: Timings) -> pd.DataFrame:
    """A row for every commit on a machine, with its median relative costs."""
    rows = [{**commit, **commit["medians"]} for commit in commits(timings)]
    return pd.DataFrame(rows).drop(columns="medians", errors="ignore")


def copy(pages: Path, out: Path) -> None:
    """Copy asv's own pages, with a way back to ours at the start of their navigation."""
    shutil.copytree(pages, out, dirs_exist_ok=True)
    index = out / "index.html"
    text = index.read_text(encoding="utf-8")
    back = '<li><a href="../index.html">Report</a></li>'
    index.write_text(text.replace('<li id="nav-li-"', f'{back}<li id="nav-li-"', 1), "utf-8")
