"""Figure of our times against problem size, from the races of ``nox -s peers``."""

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns

from reports.draw.figure import Drawn, Figure, axes
from reports.read.races import Races


def exponent(size: Any, seconds: Any) -> float:
    """The slope of log(time) against log(size), fitted to the two largest decades of sizes.

    nan if these hold fewer than two sizes.
    """
    large = np.asarray(size) * 100 >= np.max(size)
    if large.sum() < 2:
        return math.nan
    return float(np.polyfit(np.log(size)[large], np.log(seconds)[large], 1)[0])


def _draw(frame: pd.DataFrame) -> Drawn:
    panels = list(frame.groupby("along", sort=True))
    figure, row = axes(4.6 * len(panels), 3.6, ncols=len(panels), squeeze=False)
    words = []
    for ax, (along, part) in zip(row[0], panels, strict=True):
        slopes = {b: exponent(p["size"], p["seconds"]) for b, p in part.groupby("backend")}
        shown = part.assign(backend=part.backend.map(lambda b, s=slopes: f"{b}, n^{s[b]:.2f}"))
        sns.lineplot(
            shown, x="size", y="seconds", hue="backend", style="backend", markers=True, ax=ax
        )
        ax.set(xscale="log", yscale="log", xlabel=along, ylabel="seconds")
        words += [f"{b} grows as n^{slope:.2f} with the {along}" for b, slope in slopes.items()]
    return Drawn(figure, "; ".join(words) + ".", frame)


def figures(races: Races) -> list[Figure]:
    """One figure of the times, or none if they were not measured."""
    if races.growth.empty:
        return []
    caption = (
        "An Adam update with its parameters, and a hundred steps of gradient descent with the "
        "members of a sweep; the exponent is fitted over the two largest decades."
    )
    return [Figure("growth", (), "", "Time against size", caption, partial(_draw, races.growth))]
