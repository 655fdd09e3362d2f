"""Traces of an optimizer on a curve, or on the contours of a function of two variables."""

from functools import partial

import numpy as np

from reference import CASES, GOLDENS, Case, distinct
from reports.draw.figure import Drawn, Figure, axes, objective, rate, rows, run
from reports.scenes import limits
from reports.words import describe

NOTEBOOKS = ("000/", "002/")


def _printed() -> dict[str, Case]:
    """The different cases whose last point the notebooks print and draw."""
    drawn = {golden.case for golden in GOLDENS.values() if golden.line and not golden.prose}
    return distinct({n: c for n, c in CASES.items() if n.startswith(NOTEBOOKS) and c in drawn})


def show_trace(name: str) -> Drawn:
    """The function on [-n, n], n the largest |x| of the run, with the iterates."""
    path = run(name)
    f, x = objective(path.case), path.points[:, 0].astype(float)
    n = np.abs(x).max()
    line = np.arange(-n, n, 0.01)
    figure, ax = axes()
    ax.plot(line, f.value(line[:, None]), label="f(x)")
    ax.plot(x, f.value(x[:, None]), "-o", markersize=4, label="iterates")
    ax.set(xlabel="x", ylabel="f(x)")
    ax.legend()
    words = ", ".join(f"{value:.4g}" for value in x)
    words = f"{describe(path.case)}. The iterates x are {words}."
    return Drawn(figure, words, rows({name: path}))


def show_trace_2d(name: str) -> Drawn:
    """The path over the contours, computed on a grid of step 0.1 as in the document."""
    path = run(name)
    (a, b), (c, d) = limits(path.case.problem, path.case.parameters)
    x1, x2 = np.meshgrid(np.arange(a, b, 0.1), np.arange(c, d, 0.1))
    figure, ax = axes()
    ax.plot(*path.points.T, "-o", color="#ff7f0e", markersize=4)
    ax.contour(x1, x2, objective(path.case).value(np.stack([x1, x2], -1)), colors="#1f77b4")
    ax.set(xlabel="x1", ylabel="x2")
    first, last = path.points[0], path.points[-1]
    words = (
        f"{describe(path.case)}. A path over elliptic contours from ({first[0]:g}, {first[1]:g}), "
        f"bending towards the x1 axis, to ({last[0]:.4f}, {last[1]:.6f})."
    )
    return Drawn(figure, words, rows({name: path}))


def _figure(name: str, case: Case) -> Figure:
    flat = len(case.start_point) == 1
    printed = next(g.printed for g in GOLDENS.values() if g.case == case and not g.prose)
    return Figure(
        id=f"trace_{name.replace('/', '_')}",
        systems=("D1",) if flat else ("D2",),
        document=name.split("/")[0],
        title=f"{case.problem.title}: {case.spec.title}, {rate(case)}",
        caption=f"{describe(case)}; the document prints “{printed}”.",
        draw=partial(show_trace if flat else show_trace_2d, name),
    )


FIGURES = tuple(_figure(name, case) for name, case in _printed().items())
