"""Two difficult loss surfaces: in 3D, and from above with the paths of six optimizers."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.patheffects import withStroke

from reference import Case
from reports.draw.figure import WIDTH, Drawn, Figure, axes, named, objective, rate, rows, run
from reports.words import short

LIMITS = {
    "pathological": (-5.0, 5.0),
    "steep": (-2.0, 2.0),
}  # of the document's plots, by prefix of the case names
STYLES = {  # the document's colours; the markers serve readers who see no colours
    "gd": ("red", "o"),
    "momentum": ("blue", "s"),
    "nesterov": ("darkred", "^"),
    "adagrad": ("snow", "D"),
    "rmsprop": ("darkgreen", "v"),
    "adam": ("black", "X"),
}
MARKED = 20  # markers on a path, which would hide each other
EDGE = [withStroke(linewidth=2, foreground="black")]  # of the pale path, on pale ground


def _grid(surface: str, x: tuple[float, float], y: tuple[float, float]) -> tuple[Any, Any, Any]:
    """w1, w2 and the loss on a grid of 100 x 100 points, the first axis along w1."""
    ends = ((low, high, (high - low) / 100) for low, high in (x, y))
    w1, w2 = np.meshgrid(*(low + np.arange(100) * step for low, _, step in ends), indexing="ij")
    case = next(iter(named(f"001/{surface}").values()))
    return w1, w2, objective(case).value(np.stack([w1, w2], -1))


def solid(surface: str) -> Drawn:
    """The surface in 3D, over the same square as in the document."""
    limits = LIMITS[surface]
    w1, w2, z = _grid(surface, limits, limits)
    figure, ax = axes(5, 4, subplot_kw={"projection": "3d"})
    options = {"cmap": "viridis", "antialiased": False, "rcount": 100, "ccount": 100}
    ax.plot_surface(w1, w2, z, linewidth=0, rasterized=True, **options)
    ax.set_xlabel("$w_1$", labelpad=7)
    ax.set_ylabel("$w_2$", labelpad=7)
    ax.set_zlabel("loss", labelpad=8)
    ax.locator_params(nbins=5)
    ax.set_box_aspect(None, zoom=0.85)
    words = f"A surface over [{limits[0]:g}, {limits[1]:g}]², {SHAPES[surface]}"
    flat = {"w1": w1[::4, ::4].ravel(), "w2": w2[::4, ::4].ravel(), "loss": z[::4, ::4].ravel()}
    return Drawn(figure, words, pd.DataFrame(flat))


SHAPES = {
    "pathological": "a ravine with steep walls along w1 whose floor falls slowly along w2.",
    "steep": "a nearly flat plain with three narrow wells, each about 4 deep.",
}


NOTES = {
    "pathological": " Most of these runs are chaotic in w1: beyond the rows that the accuracy "
    "page gives, rounding decides where they go, and another framework draws other paths.",
}


def above(surface: str) -> Drawn:
    """The surface as an image, and every run's path without its last point."""
    paths = {case.optimizer: run(name) for name, case in named(f"001/{surface}").items()}
    shown = {optimizer: path.points[:-1] for optimizer, path in paths.items()}
    together = np.concatenate(list(shown.values()))
    reach, low, high = np.abs(together[:, 0]).max(), together[:, 1].min(), together[:, 1].max()
    room = 0.04 * (high - low)
    x, y = (-1.04 * reach, 1.04 * reach), (low - room, high + room)
    if surface == "steep":
        x = y = LIMITS[surface]
    _, _, z = _grid(surface, x, y)
    figure, ax = axes(WIDTH, 4.8)
    ax.imshow(z.T[::-1], cmap="viridis", extent=(*x, *y), aspect="auto")
    for optimizer, points in shown.items():
        colour, marker = STYLES.get(optimizer, ("orange", "P"))
        look = {"color": colour, "marker": marker, "markersize": 3, "mec": colour, "mew": 0}
        look["markevery"] = max(1, len(points) // MARKED)
        look["path_effects"] = EDGE if colour == "snow" else None
        ax.plot(*points.T, lw=0.8, alpha=0.8, label=paths[optimizer].case.spec.title, **look)
    ax.set(xlabel="$w_1$", ylabel="$w_2$", xlim=x, ylim=y)
    ax.grid(visible=False)
    ax.legend(facecolor="lightgrey", labelcolor="black", framealpha=1)
    ends = (f"{o} at ({p[-1][0]:.3g}, {p[-1][1]:.3g})" for o, p in shown.items())
    words = f"Six paths over the surface seen from above, ending with {', '.join(ends)}."
    return Drawn(figure, words, rows(paths))


def _loss(case: Case) -> str:
    """The formula, with the values of its parameters."""
    given = [f"{name} = {short(value)}" for name, value in vars(case.parameters).items()]
    return ", with ".join([case.problem.formula, *filter(None, [", ".join(given)])])


def _figures(surface: str) -> tuple[Figure, Figure]:
    case = next(iter(named(f"001/{surface}").values()))
    title, formula = case.problem.title, _loss(case)
    return (
        Figure(
            f"surface_{surface}",
            ("D3",),
            "001",
            title,
            f"The loss is {formula}.",
            partial(solid, surface),
        ),
        Figure(
            f"above_{surface}",
            ("D4",),
            "001",
            f"{title}, from above",
            f"The loss is {formula}. Each optimizer takes {case.steps} updates from "
            f"{short(case.start_point.tolist())} with {rate(case)}." + NOTES.get(surface, ""),
            partial(above, surface),
        ),
    )


FIGURES = tuple(figure for surface in LIMITS for figure in _figures(surface))
