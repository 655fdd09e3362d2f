"""How a run of a map ends.

It converges when its slope has fallen to a thousandth of the steepest in view, or to a tenth of the
start's if that is less. It diverges when its numbers end, or its value has risen; it settles uphill
when it converges above where it began. In all other cases, and where it began on the flat, it is
still on its way after `STEPS` steps.
"""

from functools import cache
from typing import Any

import numpy as np

import backends
from reference import Case, GradientNorm
from reports.scenes import Scene, collect, swept

STEPS = 150
SIDE = 45  # points along each axis of a view
OUTCOMES = {  # colour and hatch: they tell each other apart without colour
    "converges": ("#4c9f70", ""),
    "on its way": ("#d9c77e", ".."),
    "settles uphill": ("#7f9fd1", "\\\\"),
    "diverges": ("#b65a5a", "//"),
}
CONVERGES, ON_ITS_WAY, UPHILL, DIVERGES = range(len(OUTCOMES))


def optimizers(scene: Scene) -> list[str]:
    """Those that run here and have a learning rate."""
    return [name for name in scene.optimizers() if swept(name)]


def view(scene: Scene) -> Any:
    """Points all over the window, (SIDE or SIDE², dimension), the first coordinate slowest."""
    lines = [np.linspace(a, b, SIDE) for a, b in scene.window]
    return np.stack(np.meshgrid(*lines, indexing="ij"), -1).reshape(-1, len(lines))


def _slope(scene: Scene, points: Any) -> Any:
    return np.linalg.norm(scene.objective.gradient(points), axis=-1)


@cache
def _tolerance(name: str) -> float:
    """The slope at which a run of this scene has converged."""
    scene = collect()[name]
    return float(min(_slope(scene, view(scene)).max() / 1000, _slope(scene, scene.start) / 10))


def case(scene: Scene, optimizer: str) -> Case:
    """What the maps run: many steps, or until the slope is small."""
    stop = GradientNorm(tolerance=_tolerance(scene.name))
    return scene.of(optimizer, steps=STEPS, stop=stop)


def outcomes(scene: Scene, found: backends.Sweep, starts: Any) -> Any:
    """The place in `OUTCOMES` of every member, (starts, rates)."""
    with np.errstate(all="ignore"):
        higher = ~(found.values <= scene.objective.value(starts)[:, None])
        flat = _slope(scene, starts)[:, None] <= _tolerance(scene.name)
    settled = (found.status == "converged") & ~flat
    kinds = np.where(settled, np.where(higher, UPHILL, CONVERGES), ON_ITS_WAY)
    return np.where((found.status == "diverged") | (higher & ~settled), DIVERGES, kinds)
