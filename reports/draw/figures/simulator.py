"""The toy simulator y(x): each optimizer's path in x, and in the output y."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from reference import CASES
from reports.draw.figure import INK, Drawn, Figure, axes, objective, run

STYLES = {  # the document's labels and colours; the markers serve readers who see no colours
    "004/GD": ("GD", "#1F77B4", "o"),
    "004/Newton": ("Newton", "#FF7F0E", "s"),
    "004/PG": ("PG (physical gradients)", "#D62728", "^"),
    "004/adagrad": ("Adagrad", "#2CA02C", "D"),
    "004/rmsprop": ("RMSProp", "#9467BD", "v"),
    "004/adam": ("Adam", "#8C564B", "P"),
}


def _output(name: str) -> Any:
    """The points in y that the document draws.

    It leaves out the start. It draws the last point only for the inverse simulator, whose y it
    stores before the step back to x.
    """
    points = run(name).points[1:]
    shown = points if CASES[name].optimizer == "inverse_simulator" else points[:-1]
    return objective(CASES[name]).forward(shown)


def _scatter(names: tuple[str, ...], points: Any, space: str) -> Drawn:
    figure, ax = axes(4.2, 4)
    ends, frames = [], []
    for name in names:
        label, colour, marker = STYLES[name]
        shown = points(name)
        ax.scatter(*shown.T, lw=0.5, s=30, color=colour, marker=marker, label=label)
        frames.append(
            pd.DataFrame({"run": label, f"{space}1": shown[:, 0], f"{space}2": shown[:, 1]})
        )
        first, last = (f"({p[0]:.3g}, {p[1]:.3g})" for p in (shown[0], shown[-1]))
        ends.append(f"{label} from {first} to {last}")
    ax.scatter([0], [0], color=INK, marker="x", label="target")
    ax.set(xlabel=f"{space}1", ylabel=f"{space}2", title=f"{space} space")
    figure.legend(loc="outside upper center", ncols=2)  # no place among the points is free
    words = f"Points in {space} space: {'; '.join(ends)}; the target is at (0, 0)."
    return Drawn(figure, words, pd.concat(frames, ignore_index=True))


def x_space(*names: str) -> Drawn:
    """Scatter plot of all points x, including the start."""
    return _scatter(names, lambda name: run(name).points, "x")


def y_space(*names: str) -> Drawn:
    """Scatter plot of the simulator's outputs y, which the document calls z."""
    return _scatter(names, lambda name: np.asarray(_output(name)), "y")


def _figure(draw: Any, system: str, title: str, caption: str, *names: str) -> Figure:
    return Figure(
        f"{draw.__name__}_{system}", (system,), "004", title, caption, partial(draw, *names)
    )


GD, NEWTON, PG, *EXTENSIONS = STYLES
FIGURES = (
    _figure(
        x_space,
        "D9",
        "Gradient descent",
        "Gradient descent goes down first, then slowly towards the origin.",
        GD,
    ),
    _figure(
        x_space,
        "D10",
        "And Newton",
        "Newton stays closer to the diagonal and gets further.",
        GD,
        NEWTON,
    ),
    _figure(
        x_space,
        "D11",
        "And PG",
        "PG stays closest to the diagonal and gets furthest.",
        GD,
        NEWTON,
        PG,
    ),
    _figure(
        y_space, "D12", "PG in y", "The path is a straight line, for the step is taken in y.", PG
    ),
    _figure(y_space, "D13", "All three in y", "The others' paths in y are bent.", GD, NEWTON, PG),
    _figure(
        x_space,
        "E9",
        "Other first-order optimizers instead of gradient descent",
        "These are the optimizers that the document proposes to try next.",
        GD,
        *EXTENSIONS,
    ),
)
