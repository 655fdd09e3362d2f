"""Figures of accuracy: every run's share of its bound, and the growth of errors with the step."""

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.lines import Line2D
from seaborn.utils import relative_luminance

from reference import DOCUMENTS
from reports.cells import AgreementCell
from reports.draw.figure import Drawn, Figure, axes
from reports.read.results import Results

FLOOR = 0.1  # smaller errors, in units in the last place, are drawn as this
FULL, WRONG = "#e08a00", "#a3161c"  # the colours of a run at its bound, and of one beyond it
NONE, ABSENT = "#cfc9bd", "#80808026"  # of a run without error, and of one that was not made
SMALL = 8  # points of the smallest text, nearly 11 pixels
COLUMNS = 4
EQUAL_CONTRAST = 0.179  # the relative luminance on which black and white text contrast equally


def frame(results: Results) -> pd.DataFrame:
    """A row for each step of every compared run: case, target, dtype, mode, step, error.

    It ends at the run's horizon, the first of its coordinates': beyond it the largest error is
    that of fewer coordinates. ``horizon`` is true where it ends for that reason.
    """
    found = [
        (cell.case, cell.target, cell.dtype, cell.mode, step, ulps, step + 1 == _end(cell))
        for cell in results.of(AgreementCell)
        if cell.outcome != "skipped"
        for step, ulps in enumerate(cell.along[: _end(cell)])
        if math.isfinite(ulps)
    ]
    columns = ["case", "target", "dtype", "mode", "step", "ulps", "horizon"]
    return pd.DataFrame(found, columns=columns)


def _end(cell: AgreementCell) -> int | None:
    """How many steps can be compared in every coordinate, if those are not all."""
    end = min(cell.horizon, default=cell.rows)
    return end if end < cell.rows else None


def shares(results: Results) -> pd.DataFrame:
    """A row for every compared run: case, target and dtype, mode, share of the bound, ulps."""
    found = [
        (cell.case, f"{cell.target} {cell.dtype}", cell.mode, cell.ratio, cell.ulps)
        for cell in results.of(AgreementCell)
        if cell.ratio is not None and not math.isnan(cell.ratio)
    ]
    return pd.DataFrame(found, columns=["case", "where", "mode", "ratio", "ulps"])


def _readable(background: Any) -> str:
    """Black or nearly white, whichever has more contrast; pure white would turn with the theme."""
    return "black" if relative_luminance(background) > EQUAL_CONTRAST else "#fefefe"


def _heat(found: pd.DataFrame) -> Drawn:
    """A heatmap with a row for each case, the worst first, and a column for each arithmetic."""
    worst = found.groupby(["case", "where", "mode"]).ratio.max().unstack(["where", "mode"])
    worst = worst.sort_index(axis=1)
    worst = worst.loc[worst.max(axis=1).sort_values(ascending=False, kind="stable").index]
    longest = max(len(where) for where, _ in worst.columns)  # the labels are vertical
    figure, ax = axes(9, 0.7 + 2 * 0.055 * longest + 0.23 * len(worst))
    labels = worst.map(lambda share: "" if math.isnan(share) else f"{share:.{2 + (share > 1)}g}")
    look = {"annot": labels, "fmt": "", "annot_kws": {"size": SMALL}, "linewidths": 0.5}
    bar = {"label": "error / bound", "shrink": 0.5, "extend": "max"}
    colours = sns.blend_palette([NONE, FULL], as_cmap=True).with_extremes(over=WRONG)
    shown = worst.clip(upper=2)  # an infinite share has no colour
    grid = sns.heatmap(shown, vmin=0, vmax=1, cmap=colours, ax=ax, cbar_kws=bar, **look)
    for text in grid.texts:
        column, row = map(int, text.get_position())
        text.set_color(_readable(colours(shown.iloc[row, column])))
    ax.grid(visible=False)  # it would cross the empty cells
    ax.set_facecolor(ABSENT)
    ax.set(xlabel="", ylabel="")
    ax.set_xticklabels([f"{where}\n{mode}" for where, mode in worst.columns], rotation=90)
    ax.tick_params(labelsize=SMALL)
    ax.tick_params(axis="x", top=True, labeltop=True)  # the rows are too many to look down
    case, where, mode = worst.stack(["where", "mode"]).idxmax()
    words = (
        f"Shares of the bound of {len(worst)} cases in {worst.shape[1]} arithmetics; the median is "
        f"{np.nanmedian(worst):.2g}, the largest {np.nanmax(worst):.3g}, of {case} by {where}, "
        f"{mode}."
    )
    return Drawn(figure, words, found)


def _growth(found: pd.DataFrame) -> Drawn:
    """A panel for each case, in it a line for each dtype: the largest error of all targets."""
    cases = list(found.groupby("case", sort=True))
    rows = math.ceil(len(cases) / COLUMNS)
    size = {"nrows": rows, "ncols": min(COLUMNS, len(cases)), "squeeze": False}
    figure, panels = axes(2.5 * min(COLUMNS, len(cases)), 0.6 + 1.7 * rows, sharey=True, **size)
    dtypes = sorted(found.dtype.unique())
    colours = dict(zip(dtypes, sns.color_palette("colorblind", len(dtypes)), strict=True))
    for ax, (case, part) in zip(panels.ravel(), cases, strict=False):
        for dtype, runs in part.groupby("dtype", sort=True):
            line = runs.groupby("step").agg({"ulps": "max", "horizon": "any"})
            line["ulps"] = line.ulps.clip(lower=FLOOR)
            ax.plot(line.index, line.ulps, color=colours[dtype], label=dtype)
            last = line[line.horizon]
            ax.plot(last.index, last.ulps, "X", ms=7, color=colours[dtype])
        ax.set_title(case, fontsize=8)
        ax.set_yscale("log")
        ax.tick_params(labelsize=8)
    for ax in panels.ravel()[len(cases) :]:
        ax.set_axis_off()
    figure.supxlabel("step", fontsize=8)
    figure.supylabel("units in the last place", fontsize=8)
    keys = [Line2D([], [], color=colours[dtype]) for dtype in dtypes]
    keys.append(Line2D([], [], ls="", marker="X", ms=7, color="grey"))
    figure.legend(keys, [*dtypes, "horizon"], loc="outside upper left", ncols=3)
    ends = (f"{c} {p.groupby('step').ulps.max().iloc[-1]:.2g}" for c, p in cases)
    words = f"Errors along {len(cases)} runs; the worst at the last step that can be compared: "
    return Drawn(figure, f"{words}{', '.join(ends)}.", found)


def figures(results: Results) -> Iterator[Figure]:
    """The heatmap, and for each document the growth of errors."""
    runs, found = shares(results), frame(results)
    if not runs.empty:
        caption = (
            "The largest error of every run divided by the error that rounding allows, the worst "
            "case first. Above 1 is wrong, and red. An empty cell was not run, and the table of "
            "cases says why. The CSV has the units in the last place too."
        )
        title = "Every run's share of its bound"
        yield Figure("accuracy", (), "", title, caption, partial(_heat, runs))
    for prefix, part in found.groupby(found.case.str.split("/").str[0], sort=True):
        document = DOCUMENTS.get(prefix)
        title = f"Errors from step to step: {document.title if document else prefix}"
        caption = (
            "Each line is the largest error of all targets and coordinates; the CSV has every "
            "target's. A line that ends with a cross is at the horizon of its first coordinate, "
            "beyond which rounding alone could have led it anywhere."
        )
        yield Figure(f"growth-{prefix}", (), prefix, title, caption, partial(_growth, part))
