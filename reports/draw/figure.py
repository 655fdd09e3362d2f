"""The `Figure` class, and what all figures use: theme, parallel drawing, runs and objectives."""

import io
import multiprocessing
import os
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from tqdm import tqdm

mpl.use("svg")

from matplotlib import pyplot as plt

import backends
from reference import CASES, Case
from reference.objective import Objective

WIDTH = 5.8  # inches of a picture that fills half of a wide page
LONG = 2_000  # rows above which a CSV file is compressed
INK, RULE = "#262626", "#cccccc"  # seaborn's colours of text and grid
SIZE = re.compile(r'\b(?:width|height)="([\d.]+)pt"')
PATHS = re.compile(r' d="[^"]*"')
DIGITS = re.compile(r"(\.\d\d)\d+")
DARK = f"""<style>@media (prefers-color-scheme: dark) {{
[style*="fill: {INK}"] {{ fill: #e6e8eb !important }}
[style*="stroke: {INK}"] {{ stroke: #e6e8eb !important }}
[style*="stroke: {RULE}"] {{ stroke: #4c545e !important }}
[style*="fill: #ffffff"] {{ fill: #1f2329 !important }}
}}</style>
"""


class Drawn(NamedTuple):
    """A matplotlib figure, its alternative text, and the numbers that it shows."""

    figure: Any
    words: str
    data: pd.DataFrame


@dataclass(frozen=True)
class Figure:
    """One figure of the report, drawn by calling ``draw``.

    ``systems`` are the ids of its rows in ``systems.toml``, ``document`` is the number of the
    document it belongs to.
    """

    id: str
    systems: tuple[str, ...]
    document: str
    title: str
    caption: str
    draw: Callable[[], Drawn]


@dataclass(frozen=True, eq=False)
class Picture:
    """A drawn figure: an SVG that follows the page's colour scheme, its text and data."""

    figure: Figure
    svg: str
    words: str
    data: pd.DataFrame

    @property
    def size(self) -> tuple[int, int]:
        """The width and height of the SVG in CSS pixels, of which an inch has 96 and 72 points."""
        width, height = (float(points) for points in SIZE.findall(self.svg)[:2])
        return round(width * 96 / 72), round(height * 96 / 72)

    @property
    def path(self) -> str:
        """The path of the SVG in the report."""
        return f"figures/{self.figure.id}.svg"

    @property
    def numbers(self) -> str:
        """The path of its CSV file in the report, compressed if it is long."""
        packed = ".gz" if len(self.data) > LONG else ""
        return f"data/figure-{self.figure.id}.csv{packed}"


def theme() -> None:
    """Set the style of all figures; the fixed hash salt makes the ids in an SVG reproducible."""
    sns.set_theme(style="whitegrid", font_scale=0.9, rc={"figure.constrained_layout.use": True})
    mpl.rcParams.update({"svg.hashsalt": "descent-bench", "savefig.dpi": 150, "legend.fontsize": 8})


def picture(figure: Figure) -> Picture:
    """Draw ``figure`` as an SVG with a dark-mode style sheet."""
    theme()
    drawn = figure.draw()
    text = io.StringIO()
    drawn.figure.savefig(text, format="svg", metadata={"Date": None}, transparent=True)
    plt.close(drawn.figure)
    svg = _shortened(text.getvalue()).replace("<defs>", f"{DARK}<defs>", 1)
    return Picture(figure, svg, drawn.words, drawn.data)


def _shortened(svg: str) -> str:
    """Cut the coordinates of paths to hundredths of a point, where matplotlib writes millionths."""
    return PATHS.sub(lambda path: DIGITS.sub(r"\1", path[0]), svg)


MANY = 8  # figures for each worker process
DRAWN: dict[Figure, Picture] = {}


def pictures(figures: Sequence[Figure]) -> list[Picture]:
    """Draw all figures that are not in the cache `DRAWN`, on all cores, with a progress bar."""
    missing = [figure for figure in dict.fromkeys(figures) if figure not in DRAWN]
    bar = {"desc": "drawing", "unit": "figure", "total": len(missing), "dynamic_ncols": True}
    workers = min(os.cpu_count() or 1, len(missing) // MANY)
    if workers > 1:
        spawn = multiprocessing.get_context("spawn")  # frameworks with threads must not be forked
        with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
            found = list(tqdm(pool.map(picture, missing), **bar))
    else:
        found = list(tqdm(map(picture, missing), **bar))
    DRAWN.update(zip(missing, found, strict=True))
    return [DRAWN[figure] for figure in figures]


@cache
def run(name: str) -> backends.Path:
    """Run a named case on the default target."""
    return backends.run(CASES[name])


def named(prefix: str) -> dict[str, Case]:
    """The cases whose names begin with ``prefix``."""
    return {name: case for name, case in CASES.items() if name.startswith(prefix)}


def objective(case: Case) -> Objective:
    """The case's objective in numpy's float64."""
    return Objective(case.problem, dict(case.constants), np)


def rate(case: Case) -> str:
    """The case's learning rate, as "lr = 0.1"."""
    return f"lr = {vars(case.hyperparameters)['lr']:g}"


def axes(width: float = 4.6, height: float = 3.3, **options: Any) -> Any:
    """Make a figure with its axes."""
    return plt.subplots(figsize=(width, height), **options)


def rows(paths: Mapping[str, backends.Path]) -> pd.DataFrame:
    """A row for every point of the labelled runs."""
    frames = []
    for label, path in paths.items():
        coordinates = {f"x{i}": x for i, x in enumerate(path.points.T, start=1)}
        numbers = {"run": label, "step": range(path.steps + 1), **coordinates, "value": path.values}
        frames.append(pd.DataFrame(numbers))
    return pd.concat(frames, ignore_index=True)
