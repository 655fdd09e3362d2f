"""Answers to the exercises as curves: learning rates, bisection, scaling and rotation."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference import CASES
from reports.draw.figure import INK, Drawn, Figure, axes, rate, rows, run

FLOOR = 1e-20  # smaller values are drawn as this: a logarithmic axis has no zero
MARKERS = "os^Dv"


def _curves(ax: Any, curves: Mapping[str, Any]) -> str:
    """Plot each curve against the step on a logarithmic axis; describe the last values."""
    for (label, y), marker in zip(curves.items(), MARKERS, strict=False):
        ax.semilogy(np.maximum(y, FLOOR), marker=marker, markersize=3, lw=1, label=label)
    ax.set_xlabel("step")
    ax.legend()
    return ", ".join(f"{label} {y[-1]:.2g} after {len(y) - 1} steps" for label, y in curves.items())


def learning_rates() -> Drawn:
    """|x| on x², for the three learning rates."""
    runs = [run(name) for name in ("000/x2_gd_0.05", "000/x2_gd_0.2", "000/x2_gd_1.1")]
    figure, ax = axes()
    ax.set_ylabel("|x|")
    ends = _curves(ax, {rate(p.case): np.abs(p.points[:, 0]) for p in runs})
    words = f"Three straight lines on a logarithmic axis; |x| is {ends}."
    return Drawn(figure, words, rows({rate(p.case): p for p in runs}))


def bisection() -> Drawn:
    """The error of bisection, on derivatives and on values, and of gradient descent."""
    names = {
        "bisection by slopes": "002/bisection",
        "bisection by values": "002/bisection_values",
        "gradient descent, lr = 0.5": "002/log_sum_exp_gd",
    }
    case = CASES["002/bisection"]
    ((minimum,),) = case.problem.minimisers(case.parameters)
    figure, ax = axes()
    ends = _curves(
        ax, {label: np.abs(run(name).points[:, 0] - minimum) for label, name in names.items()}
    )
    bracket = vars(case.hyperparameters)
    bound = (bracket["b"] - bracket["a"]) / 2 ** np.arange(1, case.steps + 2)
    ax.semilogy(bound, ":", color=INK, lw=1, label="half the bracket")
    ax.set_ylabel("distance from the minimum")
    ax.legend()
    words = f"Errors fall along a straight line, halving each step: {ends}."
    return Drawn(figure, words, rows({label: run(name) for label, name in names.items()}))


SCALED = ("002/slow_gd", "002/slow_diagonal_newton", "002/slow_adagrad", "002/line_search_slow")
ROTATED = ("002/rotated_gd", "002/rotated_diagonal_newton", "002/rotated_adagrad")


def rotation() -> Drawn:
    """Optimizers on an ill-conditioned quadratic, aligned with the axes and rotated."""
    figure, panels = axes(5.2, 6, nrows=2, sharex=True)
    ends = []
    for ax, title, names in zip(
        panels,
        ("along the axes", "rotated by 45°"),
        (SCALED, (*ROTATED, "002/rotated_newton")),
        strict=True,
    ):
        paths = {CASES[name].spec.title: run(name) for name in names}
        ends.append(f"{title}, {_curves(ax, {label: p.values for label, p in paths.items()})}")
        ax.set(title=title, ylabel="f(x)", ylim=(FLOOR / 10, None))
        ax.label_outer()
    words = f"Values on x1² + 0.001 x2²: {'; '.join(ends)}."
    every = (*SCALED, *ROTATED, "002/rotated_newton")
    return Drawn(figure, words, rows({name: run(name) for name in every}))


FIGURES = (
    Figure(
        "learning_rates",
        ("E1", "O2"),
        "002",
        "Exercise 1: learning rates",
        "On x² each step multiplies x by 1 - 2 lr: slow at 0.05, quick at 0.2, diverging at 1.1.",
        learning_rates,
    ),
    Figure(
        "bisection",
        ("E2",),
        "002",
        "Exercise 2: bisection",
        "No derivative is needed, and the bracket halves at every step. Near the minimum the "
        "values stop telling points apart long before the slopes do.",
        bisection,
    ),
    Figure(
        "rotation",
        ("E3", "E4", "E5"),
        "002",
        "Exercises 3 to 5: scales and rotation",
        "x1² + 0.001 x2² makes gradient descent crawl. The Hessian's diagonal repairs that in one "
        "step along the axes, and does nothing once the coordinates are rotated; the whole "
        f"Hessian still needs one step. Values below {FLOOR:g} are drawn at {FLOOR:g}.",
        rotation,
    ),
)
