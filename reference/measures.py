"""The quantities besides trajectories that the documents print, computed by a `Runner`."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Protocol

import mpmath
import numpy as np
from numpy.typing import ArrayLike

from reference.agreement import Trajectory, trajectory
from reference.arrays import Objects, Reals
from reference.case import Case
from reference.digits import DIGITS


class Runner(Protocol):
    """Runs and prints cases on one backend in one mode; see `backends.TargetRunner`."""

    def run(self, case: Case) -> Trajectory:
        """Run ``case``."""
        ...

    def evaluate(self, case: Case, quantity: str, y: Sequence[float] | None = None) -> Reals:
        """Evaluate a quantity at the case's start."""
        ...

    def show(self, x: ArrayLike, dtype: str) -> str:
        """Return ``x`` as the framework prints it."""
        ...


class Shown:
    """A value in a format string.

    ``{x}`` prints it as the runner's framework does, ``{x!s}`` as numpy does (and JAX, for
    arrays), ``{x:f}`` as a Python float.
    """

    def __init__(self, value: Any, runner: Runner, dtype: str) -> None:
        self.value = value
        self.runner = runner
        self.dtype = dtype

    def __str__(self) -> str:
        return str(np.asarray(self.value))

    def __format__(self, form: str) -> str:
        if form:
            return format(float(self.value), form)
        return self.runner.show(self.value, self.dtype)


def _length(x: ArrayLike) -> float:
    return float(np.linalg.norm(np.asarray(x, dtype=np.float64)))


def start(runner: Runner, case: Case) -> dict[str, object]:
    """The case's start."""
    return {"x": Shown(case.start_point, runner, case.dtype)}


def gradient(runner: Runner, case: Case) -> dict[str, object]:
    """The gradient at the start, as an array and by component."""
    g = runner.evaluate(case, "gradient")
    return {"g": Shown(g, runner, case.dtype), **{f"g{i}": float(c) for i, c in enumerate(g)}}


def outer_gradient(runner: Runner, case: Case) -> dict[str, object]:
    """The loss's gradient with respect to y, at the simulator's output."""
    return {"g": Shown(runner.evaluate(case, "outer_gradient"), runner, case.dtype)}


def jacobian(runner: Runner, case: Case) -> dict[str, object]:
    """The simulator's Jacobian at the start."""
    return {"j": Shown(runner.evaluate(case, "jacobian"), runner, case.dtype)}


def jacobian_undone(runner: Runner, case: Case) -> dict[str, object]:
    """The start x0 after J x0 is computed and solved for x0, with the simulator's Jacobian J."""
    j = runner.evaluate(case, "jacobian")
    return {
        "x": Shown(np.linalg.solve(j, j @ case.start_point.astype(j.dtype)), runner, case.dtype)
    }


def diagonal_lengths(runner: Runner, gd: Case, newton: Case, inverse: Case) -> dict[str, object]:
    """The sum of the components of each first update, scaled to length 1."""
    g, hessian = runner.evaluate(gd, "gradient"), runner.evaluate(newton, "hessian")
    points = runner.run(inverse).points
    moves = {"gd": g, "newton": np.linalg.solve(hessian, g), "inverse": points[0] - points[1]}
    return {name: float(np.sum(move)) / _length(move) for name, move in moves.items()}


def first_steps(runner: Runner, gd: Case, newton: Case, inverse: Case) -> dict[str, object]:
    """The lengths of the first steps."""
    runs = {"gd": gd, "newton": newton, "inverse": inverse}
    points = {name: runner.run(case).points for name, case in runs.items()}
    return {name: _length(p[1] - p[0]) for name, p in points.items()}


def numerical_inverse(runner: Runner, case: Case) -> dict[str, object]:
    """The x with y(x) = (2, 2), found numerically from the case's start."""
    return {"x": runner.evaluate(case, "numerical_inverse", y=(2.0, 2.0))}


def inverse_difference(runner: Runner, analytic: Case, numerical: Case) -> dict[str, object]:
    """The mean absolute difference of two trajectories, the start included."""
    return {
        "mae": float(np.mean(np.abs(runner.run(numerical).points - runner.run(analytic).points)))
    }


def final_point(runner: Runner, case: Case) -> dict[str, object]:
    """The last point, its coordinates, its distance from the origin and the steps taken."""
    points = runner.run(case).points
    last = points[-1]
    coordinates = {f"x{i}": float(c) for i, c in enumerate(last)}
    return {"distance": _length(last), "steps": len(points) - 1, **coordinates}


def recorded(runner: Runner, case: Case) -> dict[str, object]:
    """The shape of an array with point and loss before each update in a row."""
    return {"rows": len(runner.run(case).points) - 1, "columns": len(case.start_point) + 1}


def contraction(runner: Runner, *cases: Case) -> dict[str, object]:
    """The factor by which each case's first step changes the distance from the origin."""
    points = [runner.run(case).points for case in cases]
    return {f"rate{i}": _length(p[1]) / _length(p[0]) for i, p in enumerate(points)}


def arrival(runner: Runner, case: Case) -> dict[str, object]:
    """The distance from the origin after one step, and the first step where it is below 1e-6."""
    points = np.linalg.norm(runner.run(case).points, axis=1)
    return {"first": float(points[1]), "steps": int((points < 1e-6).argmax())}


def convergence(runner: Runner, case: Case) -> dict[str, object]:
    """The order p and the constant of e' = constant * e**p at the end of the exact trajectory."""
    return dict(zip(("order", "constant"), convergence_order(case), strict=True))


def convergence_order(case: Case) -> tuple[float, float]:
    """Estimate order and constant from the last three errors of the 50-digit trajectory.

    The error is the distance to the nearest known minimiser, or to the limit of a run ten times
    as long where none is known nearby. The order of a linearly convergent run is 1.
    """
    points, _ = trajectory(replace(case, dtype="float64"))
    with mpmath.workdps(DIGITS):
        errors = [e for e in _errors(case, points) if e > 0][-3:]
        steps = [mpmath.log(b / a) for a, b in pairwise(errors)]
        order = steps[1] / steps[0]
        return float(order), float(errors[2] / errors[1] ** round(float(order)))


def _errors(case: Case, points: Objects) -> list[Any]:
    known = [np.array(m) for m in case.problem.minimisers(case.parameters)]
    near = [m for m in known if _length(points[-1].astype(np.float64) - m) < 1e-2]
    limit: Any = near[0] if near else None
    if limit is None or (len(points[0]) and any(c != 0 for c in limit)):
        limit = trajectory(replace(case, dtype="float64", steps=10 * case.steps))[0][-1]
    return [mpmath.norm(list(point - limit)) for point in points]
