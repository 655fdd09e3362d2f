"""Maps of studies: what became of the members, over two axes of a grid."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch
from seaborn import light_palette

from reference import OPTIMIZERS, PROBLEMS
from reports.compute.outcomes import OUTCOMES
from reports.draw.figure import INK, WIDTH, Drawn, Figure, axes
from reports.read.studies import GridRead, StudyRead
from reports.words import counted, slug

MOST = 24  # maps of a study
HATCH = "////"


def figures(studies: Iterable[StudyRead]) -> Iterator[Figure]:
    """A map for each of the first grids of each study that has members to show."""
    for study in studies:
        shown = [grid for grid in study.grids if grid.members.any() and grid.names[0]]
        for number, grid in enumerate(shown[:MOST], start=1):
            yield _figure(study, grid, number)


def _figure(study: StudyRead, grid: GridRead, number: int) -> Figure:
    title = f"{study.name}: {_named(grid)}"
    caption = (
        f"What became of {counted(int(grid.members.sum()), 'member')}. The darker a cell, the "
        f"larger the share that {_wanted(grid)}; hatched where more than half diverge."
    )
    return Figure(slug(f"study-{study.name}-{number}"), (), "", title, caption, partial(_map, grid))


def _named(grid: GridRead) -> str:
    words = f"{OPTIMIZERS[grid.optimizer].title} on {PROBLEMS[grid.problem].title}"
    return f"{words}, {grid.target}, {grid.dtype}"


def _wanted(grid: GridRead) -> str:
    return "converges" if grid.stops else "stays finite"


def _map(grid: GridRead) -> Drawn:
    """Draw the share of each cell's members that end well."""
    members = np.maximum(grid.members, 1)
    good = grid.converged if grid.stops else grid.members - grid.diverged
    share = np.where(grid.members, good / members, np.nan)
    drawn, ax = axes(WIDTH, 3.6 if grid.names[1] else 1.6)
    edges = [_edges(numbers) for numbers in grid.axes]
    shades = ListedColormap(light_palette(OUTCOMES["converges"][0], 64))
    mesh = ax.pcolormesh(*edges, share.T, cmap=shades, vmin=0, vmax=1, rasterized=True)
    _hatch(ax, edges, grid.diverged > grid.members / 2)
    _scaled(ax, grid)
    drawn.colorbar(mesh, ax=ax, label=f"share that {_wanted(grid)}")
    patch = Patch(fc="none", ec=INK, hatch=HATCH, lw=0.5, label="more than half diverge")
    drawn.legend(handles=[patch], loc="outside upper center")
    part = good.sum() / max(1, grid.members.sum())
    words = f"{_named(grid)}: {part:.1%} of the members: {_wanted(grid)}."
    return Drawn(drawn, words, _numbers(grid))


def _hatch(ax: Any, edges: list[Any], lost: Any) -> None:
    """Hatch the cells of a mask, neighbours along the first axis together."""
    look = {"hatch": HATCH, "facecolor": "none", "edgecolor": INK, "linewidth": 0}
    for row, low, high in zip(lost.T, edges[1], edges[1][1:], strict=False):
        turns = np.flatnonzero(np.diff(np.concatenate([[0], row, [0]])))
        ends = edges[0][turns].reshape(-1, 2)
        if len(ends):
            ax.broken_barh([(a, b - a) for a, b in ends], (low, high - low), **look)


def _edges(numbers: Any) -> Any:
    """The ends of cells around numbers in order, halfway between them."""
    if len(numbers) == 1:
        return np.array([numbers[0] - 0.5, numbers[0] + 0.5])
    log = bool((numbers > 0).all()) and numbers[-1] / numbers[0] > 50
    z = np.log(numbers) if log else numbers
    middle = (z[1:] + z[:-1]) / 2
    found = np.concatenate([[2 * z[0] - middle[0]], middle, [2 * z[-1] - middle[-1]]])
    return np.exp(found) if log else found


def _centres(edges: Any) -> Any:
    return (edges[1:] + edges[:-1]) / 2


def _scaled(ax: Any, grid: GridRead) -> None:
    for name, numbers, letter in zip(grid.names, grid.axes, "xy", strict=True):
        if not name:
            ax.set(yticks=[])
            continue
        many = len(numbers) > 1 and bool((numbers > 0).all()) and numbers[-1] / numbers[0] > 50
        label = "learning rate" if name == "lr" else name
        ax.set(**{f"{letter}label": label, f"{letter}scale": "log" if many else "linear"})


def _numbers(grid: GridRead) -> pd.DataFrame:
    names = [name or "all" for name in grid.names]
    places = np.indices(grid.members.shape).reshape(2, -1)
    columns = {n: a[i] for n, a, i in zip(names, grid.axes, places, strict=True)}
    kinds = ("members", "converged", "diverged")
    return pd.DataFrame(columns | {kind: getattr(grid, kind).ravel() for kind in kinds})
