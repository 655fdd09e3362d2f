"""How a run of a map ends: converged, diverged, settled uphill, or not converged.

A run is *settled* from the first step on from which the norm of its gradient stays within the
tolerance for the rest of its `STEPS` steps: a run that flies through a minimum is not. The
tolerance is a thousandth of the largest norm in the window, or a tenth of that at the scene's start
if this is less. A settled run *converges*, or *settles uphill* if its value is above that of its
start. It *diverges* when it overflows, or when it does not settle and its value has risen.
Otherwise, or if its start has such a small gradient without a minimum near, it *has not converged*.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from backends import loop
from backends.binding import bind
from backends.targets import engine, implementation
from reference import Case
from reports.compute.stationary import MINIMUM, shape
from reports.scenes import Scene, collect, swept

STEPS = 150
SIDE = 45  # points along each axis of a view
OUTCOMES = {  # colour, and a hatch for readers who see no colours
    "converges": ("#4c9f70", ""),
    "has not converged": ("#d9c77e", ".."),
    "settles uphill": ("#7f9fd1", "\\\\"),
    "diverges": ("#b65a5a", "//"),
}
CONVERGES, NOT_CONVERGED, UPHILL, DIVERGES = range(len(OUTCOMES))


def optimizers(scene: Scene) -> list[str]:
    """The optimizers that can run in the scene and have a learning rate."""
    return [name for name in scene.optimizers() if swept(name)]


def view(scene: Scene) -> Any:
    """A grid of points over the window, (SIDE or SIDE², dimension), in C order."""
    lines = [np.linspace(a, b, SIDE) for a, b in scene.window]
    return np.stack(np.meshgrid(*lines, indexing="ij"), -1).reshape(-1, len(lines))


def _slope(scene: Scene, points: Any) -> Any:
    return np.linalg.norm(scene.objective.gradient(points), axis=-1)


@cache
def tolerance(name: str) -> float:
    """The norm of the gradient within which a run in this scene is settled."""
    scene = collect()[name]
    return float(min(_slope(scene, view(scene)).max() / 1000, _slope(scene, scene.start) / 10))


@dataclass(frozen=True)
class Ended:
    """How runs ended, in arrays (starts, rates).

    ``kinds`` are indices into `OUTCOMES`; ``steps`` are those after which a run was settled, or
    `STEPS`; ``points``, (starts, rates, dimension), and ``values`` are those at the end.
    """

    kinds: Any
    steps: Any
    points: Any
    values: Any


def ended(scene: Scene, optimizer: str, starts: Any, rates: Any) -> Ended:
    """Run an optimizer on numpy from each of ``starts``, (S, dimension), with each of the rates."""
    grid = len(starts), len(rates)
    x, since = _run(scene, scene.of(optimizer, steps=STEPS), starts, np.asarray(rates))
    points, since = x.reshape(*grid, -1), since.reshape(grid)
    with np.errstate(all="ignore"):
        values = scene.objective.value(points)
    kinds = _kinds(scene, starts, points, values, since < STEPS)
    return Ended(kinds, np.minimum(since, STEPS), points, values)


def _run(scene: Scene, case: Case, starts: Any, rates: Any) -> tuple[Any, Any]:
    """The last points of all runs, (S rates, dimension), and the steps since which they settled.

    Such a step is the last, or one beyond it, if the run has not settled.
    """
    numpy, swept_rates = engine("numpy:cpu", case.dtype), {"lr": np.tile(rates, len(starts))}
    native = implementation("numpy:cpu", case.optimizer, case.hyperparameters, swept_rates)
    h, objective = loop.of_members(case, swept_rates), bind(numpy, case, "analytic")
    x = np.repeat(starts, len(rates), axis=0)
    slots, step = native.slots(h, x), loop.of_all(numpy, native, h)
    with numpy.scope():
        since = np.where(_slope(scene, x) <= tolerance(scene.name), 0, 1)
        for t in range(1, case.steps + 1):
            x, slots = step(t, objective, x, slots)
            since[~(_slope(scene, x) <= tolerance(scene.name))] = t + 1
    return x, since


def _kinds(scene: Scene, starts: Any, points: Any, values: Any, settled: Any) -> Any:
    """The index into `OUTCOMES` of every run, (S, rates)."""
    flat = _slope(scene, starts) <= tolerance(scene.name)
    plain = flat & ~np.isin(shape(scene, starts).kind, MINIMUM)
    with np.errstate(all="ignore"):
        higher = ~(values <= scene.objective.value(starts)[:, None])
    settled = settled & ~plain[:, None]
    kinds = np.where(settled, np.where(higher, UPHILL, CONVERGES), NOT_CONVERGED)
    lost = ~(np.isfinite(points).all(-1) & np.isfinite(values))
    return np.where(lost | (higher & ~settled), DIVERGES, kinds)
