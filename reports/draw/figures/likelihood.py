"""The bimodal data, and the normal distributions that gradient descent fits to it."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from reference import CASES
from reports.draw.figure import WIDTH, Drawn, Figure, axes, objective, rows, run


def _histogram(name: str) -> tuple[Any, Any, Any]:
    figure, ax = axes(WIDTH, 3)
    heights, edges, _ = ax.hist(objective(CASES[name]).k.data, density=True, color="#9dbcd4")
    ax.set(xlabel="x", ylabel="density")
    return figure, ax, pd.DataFrame({"from": edges[:-1], "to": edges[1:], "density": heights})


def data(name: str) -> Drawn:
    """The histogram of the data."""
    count = len(objective(CASES[name]).k.data)
    words = f"Histogram of {count:,} numbers with a high peak near 0 and a lower one near 3."
    figure, _, bins = _histogram(name)
    return Drawn(figure, words, bins)


def _fitted(name: str, x: Any, density: Any, label: str) -> Drawn:
    path = run(name)
    title = f"negative log-likelihood = {path.values[-1]:.3g}"
    figure, ax, _ = _histogram(name)
    ax.plot(x, density, color="#b3261e", label=label)
    ax.set(title=title, ylim=(0, 0.33))
    ax.legend(fontsize="small", loc="upper right")
    words = label.replace("$", "").replace("\\", "")
    words = f"The histogram with the curve of {words}; {title} after {path.steps} steps."
    return Drawn(figure, words, rows({name: path}))


def one_normal(name: str) -> Drawn:
    """The histogram, and one fitted normal density between its 1st and 99th percentiles."""
    mu, sigma = run(name).points[-1]
    x = np.linspace(norm.ppf(0.01, mu, sigma), norm.ppf(0.99, mu, sigma), 100)
    label = rf"Normal($\mu$={mu:.3g}, $\sigma$={sigma:.3g})"
    return _fitted(name, x, norm.pdf(x, mu, sigma), label)


def two_normals(name: str) -> Drawn:
    """The histogram, and the fitted mixture of two normal densities with equal weights."""
    pairs = run(name).points[-1].reshape(2, 2)
    x = np.linspace(-3, 6, 100)
    label = " + ".join(rf"0.5*Normal($\mu$={m:.2g}, $\sigma$={s:.2g})" for m, s in pairs)
    return _fitted(name, x, sum(norm.pdf(x, m, s) for m, s in pairs) / 2, label)


def _figure(draw: Any, name: str, system: str, title: str, caption: str) -> Figure:
    stem = name.split("/")[1]
    return Figure(f"{draw.__name__}_{stem}", (system,), "003", title, caption, partial(draw, name))


GRID = "The data are quantiles of the document's two normal distributions, the same everywhere."

FIGURES = (
    _figure(data, "003/normal", "D6", "The data", GRID),
    _figure(
        one_normal,
        "003/normal",
        "D7",
        "One normal distribution",
        "Gradient descent fits its parameters to the data from (1, 1).",
    ),
    _figure(
        two_normals,
        "003/mixture",
        "D8",
        "Two of them",
        "Gradient descent fits their parameters to the data from (1, 1, 2, 2).",
    ),
    _figure(
        two_normals,
        "003/mixture_all_ones",
        "E7",
        "Two of them, from four equal parameters",
        "From (1, 1, 1, 1) both parts take the same steps and end as one.",
    ),
)
