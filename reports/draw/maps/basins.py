"""Figures of basins of attraction, with a panel for each optimizer."""

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.patheffects import withStroke

from reference import OPTIMIZERS
from reports.compute.basins import LETTERS, NONE, Basin, basins
from reports.compute.outcomes import DIVERGES, OUTCOMES, SIDE, STEPS
from reports.compute.rates import strip
from reports.draw.figure import WIDTH, Drawn, Figure, axes
from reports.scenes import Scene, collect

COLUMNS = 3
SIZE = 8  # of the text, in points
PALETTE = np.array(
    [*sns.color_palette("colorblind", len(LETTERS)), (0.5, 0.5, 0.5), (0.85, 0.82, 0.72)]
)
DARK = (0.25, 0.2, 0.2)
LETTER = {"ha": "center", "va": "center", "fontsize": SIZE, "weight": "bold", "color": "black"}
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
    for letter, limit in _reached(found):
        place = limit if len(limit) == 2 else (limit[0], d - 0.08 * (d - c))
        if a <= place[0] <= b and c <= place[1] <= d:
            ax.text(*place, letter, path_effects=HALO, **LETTER)
    ax.set_title(title, fontsize=SIZE)
    ax.tick_params(labelsize=SIZE)
    ax.grid(visible=False)


def _reached(found: Basin) -> list[tuple[str, Any]]:
    """The limits that this optimizer reaches, each with its letter."""
    named = enumerate(zip(LETTERS, found.limits, strict=False))
    return [pair for number, pair in named if (found.numbers == number).any()]


def _words(found: Basin) -> str:
    share = np.bincount(found.kinds.ravel(), minlength=len(OUTCOMES)) / found.kinds.size
    words = ", ".join(f"{100 * p:.0f} % {o}" for o, p in zip(OUTCOMES, share, strict=True) if p)
    named = [f"{k} at ({', '.join(f'{x:.3g}' for x in limit)})" for k, limit in _reached(found)]
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
    every = basins(scene)
    lines = math.ceil(len(every) / COLUMNS)
    grid = {"nrows": lines, "ncols": COLUMNS, "squeeze": False}
    drawn, panels = axes(WIDTH, 0.3 + 1.9 * lines, sharex=True, sharey=True, **grid)
    flat = len(scene.start) == 1
    for ax, found in zip(panels.ravel(), every, strict=False):
        title, lr = OPTIMIZERS[found.optimizer].title, strip(name, found.optimizer).best
        _panel(ax, found, title if flat else f"{title}\nlr = {lr:g}")
    for ax in panels.ravel()[len(every) :]:
        ax.set_axis_off()
    drawn.supxlabel("start" if flat else "x1", fontsize=SIZE + 1)
    drawn.supylabel("log10 of the learning rate" if flat else "x2", fontsize=SIZE + 1)
    words = " ".join(map(_words, every))
    return Drawn(drawn, f"{scene.title}. {words}", pd.concat(map(_rows, every)))


def figure(scene: Scene) -> Figure:
    """The figure of a scene's basins of attraction."""
    title = f"{scene.title}: basins"
    if len(scene.start) == 1:
        caption = "Each point is a start (across) and a learning rate (upwards)"
    else:
        caption = "Each point is a start, at the learning rate above the panel"
    caption += f"; its colour tells where the run has ended after at most {STEPS} steps."
    return Figure(f"basins-{scene.name}", (), "", title, caption, partial(_panels, scene.name))
