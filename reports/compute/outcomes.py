"""How a run of a map ends: it converges, diverges, settles uphill or is still on its way.

A run *converges* when the norm of its gradient has fallen to a thousandth of the largest in the
window, or to a tenth of that at the scene's start if this is less. If its value is then above that
of its start, it *settles uphill*. It *diverges* when it overflows, or when it does not converge and
its value has risen. Otherwise, or if its start has such a small gradient, it is *on its way* after
`STEPS` steps.
"""

from functools import cache
from typing import Any

import numpy as np

import backends
from reference import Case, GradientNorm
from reports.scenes import Scene, collect, swept

STEPS = 150
SIDE = 45  # points along each axis of a view
OUTCOMES = {  # colour, and a hatch for readers who see no colours
    "converges": ("#4c9f70", ""),
    "on its way": ("#d9c77e", ".."),
    "settles uphill": ("#7f9fd1", "\\\\"),
    "diverges": ("#b65a5a", "//"),
}
CONVERGES, ON_ITS_WAY, UPHILL, DIVERGES = range(len(OUTCOMES))


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
def _tolerance(name: str) -> float:
    """The norm of the gradient below which a run in this scene has converged."""
    scene = collect()[name]
    return float(min(_slope(scene, view(scene)).max() / 1000, _slope(scene, scene.start) / 10))


def case(scene: Scene, optimizer: str) -> Case:
    """The case that the maps run: `STEPS` steps, or fewer if the gradient gets small."""
    stop = GradientNorm(tolerance=_tolerance(scene.name))
    return scene.of(optimizer, steps=STEPS, stop=stop)


def outcomes(scene: Scene, found: backends.Sweep, starts: Any) -> Any:
    """The index into `OUTCOMES` of every member of a sweep, (starts, rates)."""
    with np.errstate(all="ignore"):
        higher = ~(found.values <= scene.objective.value(starts)[:, None])
        flat = _slope(scene, starts)[:, None] <= _tolerance(scene.name)
    settled = (found.status == "converged") & ~flat
    kinds = np.where(settled, np.where(higher, UPHILL, CONVERGES), ON_ITS_WAY)
    return np.where((found.status == "diverged") | (higher & ~settled), DIVERGES, kinds)
