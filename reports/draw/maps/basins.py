"""Figures of basins of attraction, with a panel for each optimizer."""

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.patheffects import withStroke

from reference import OPTIMIZERS
from reports.compute.basins import LETTERS, NONE, Basin, basin
from reports.compute.outcomes import DIVERGES, OUTCOMES, SIDE, STEPS, optimizers
from reports.compute.rates import strip
from reports.draw.figure import Drawn, Figure, axes
from reports.scenes import Scene, collect

COLUMNS = 5
PALETTE = np.array(
    [*sns.color_palette("colorblind", len(LETTERS)), (0.5, 0.5, 0.5), (0.85, 0.82, 0.72)]
)
DARK = (0.25, 0.2, 0.2)
LETTER = {"ha": "center", "va": "center", "fontsize": 8, "weight": "bold", "color": "black"}
HALO = [withStroke(linewidth=2, foreground="white")]


def _colours(found: Basin) -> Any:
    """The colour of each start: that of its limit, paler the more steps it took."""
    pale = np.where(found.numbers == NONE, 0, 0.65 * found.steps / STEPS)[..., None]
    colours = PALETTE[found.numbers] * (1 - pale) + pale
    colours[found.kinds == DIVERGES] = DARK
    return colours


def _panel(ax: Any, found: Basin, title: str) -> None:
    a, b, c, d = found.extent
    image = {"origin": "lower", "aspect": "auto", "interpolation": "nearest"}
    ax.imshow(_colours(found).transpose(1, 0, 2), extent=found.extent, **image)
    hatch = {"levels": [0.5, 2], "colors": "none", "hatches": ["///"]}
    ax.contourf((found.kinds == DIVERGES).T.astype(float), extent=found.extent, **hatch)
    for letter, limit in zip(LETTERS, found.limits, strict=False):
        place = limit if len(limit) == 2 else (limit[0], d - 0.08 * (d - c))
        if a <= place[0] <= b and c <= place[1] <= d:
            ax.text(*place, letter, path_effects=HALO, **LETTER)
    ax.set_title(title, fontsize=8)
    ax.tick_params(labelsize=7)
    ax.grid(visible=False)


def _words(found: Basin) -> str:
    share = np.bincount(found.kinds.ravel(), minlength=len(OUTCOMES)) / found.kinds.size
    words = ", ".join(f"{p:.0%} {o}" for o, p in zip(OUTCOMES, share, strict=True) if p)
    places = (", ".join(f"{x:.3g}" for x in limit) for limit in found.limits)
    named = [f"{k} at ({place})" for k, place in zip(LETTERS, places, strict=False)]
    limits = f"; limits {', '.join(named)}" if named else ""
    return f"{OPTIMIZERS[found.optimizer].title}: {words}{limits}."


def _rows(found: Basin) -> pd.DataFrame:
    """A row for every start."""
    a, b, c, d = found.extent
    first, second = np.meshgrid(*(np.linspace(*ends, SIDE) for ends in ((a, b), (c, d))))
    names = np.array([*LETTERS, "other", ""])
    return pd.DataFrame(
        {
            "optimizer": found.optimizer,
            "across": first.T.ravel().round(4),
            "up": second.T.ravel().round(4),
            "outcome": np.array(list(OUTCOMES))[found.kinds.ravel()],
            "limit": names[found.numbers.ravel()],
            "steps": found.steps.ravel(),
        }
    )


def _panels(name: str) -> Drawn:
    """Draw the basins of a scene, a panel for each optimizer."""
    scene = collect()[name]
    every = [basin(scene, optimizer) for optimizer in optimizers(scene)]
    lines = math.ceil(len(every) / COLUMNS)
    grid = {"nrows": lines, "ncols": COLUMNS, "squeeze": False}
    drawn, panels = axes(10, 2.1 * lines, sharex=True, sharey=True, **grid)
    flat = len(scene.start) == 1
    for ax, found in zip(panels.ravel(), every, strict=False):
        title, lr = OPTIMIZERS[found.optimizer].title, strip(name, found.optimizer).best
        _panel(ax, found, title if flat else f"{title}, lr = {lr:.2g}")
    for ax in panels.ravel()[len(every) :]:
        ax.set_axis_off()
    drawn.supxlabel("start" if flat else "x1", fontsize=9)
    drawn.supylabel("log10 of the learning rate" if flat else "x2", fontsize=9)
    words = " ".join(map(_words, every))
    return Drawn(drawn, f"{scene.title}. {words}", pd.concat(map(_rows, every)))


def figure(scene: Scene) -> Figure:
    """The figure of a scene's basins of attraction."""
    title = f"{scene.title}: basins"
    caption = f"From all over the window, in {STEPS} steps"
    caption += "; the second axis is the learning rate." if len(scene.start) == 1 else "."
    return Figure(f"basins-{scene.name}", (), "", title, caption, partial(_panels, scene.name))
