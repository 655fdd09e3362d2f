"""Line plots of each benchmark's cost from commit to commit, relative to the oldest."""

from collections.abc import Iterator
from functools import partial

import pandas as pd
import seaborn as sns

from reports.compute.history import EACH, History
from reports.draw.figure import INK, Drawn, Figure, axes


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


def figures(history: History) -> Iterator[Figure]:
    """A figure for every machine, of the benchmarks that it measured at `EACH` commits or more."""
    stepped = history.steps
    for index, (machine, every) in enumerate(history.relative.groupby("machine", sort=True)):
        part = every[every.groupby("benchmark").commit.transform("nunique") >= EACH]
        if len(part):
            caption = (
                "The median over all parameters of the cost, divided by that at the oldest commit. "
                "A dotted line marks a commit at which some cost moved for good by more than noise."
            )
            title = f"From commit to commit on {machine}"
            draw = partial(_lines, part, stepped[stepped.machine == machine])
            yield Figure(f"history-{index}", (), "", title, caption, draw)
