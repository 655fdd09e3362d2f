"""Basins of attraction: to which limit each optimizer converges, from a grid of starts.

In two dimensions the learning rate is the one that converges quickest from the scene's start. In
one dimension the second axis is the learning rate.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference import DOCUMENTED
from reports.compute.outcomes import CONVERGES, SIDE, UPHILL, ended, optimizers, view
from reports.compute.rates import strip
from reports.scenes import Scene

RATES = np.geomspace(1e-2, 1e1, SIDE)
LETTERS = "ABCDEF"  # labels of the most common limits, each with a colour
NEAR = 1 / 16  # end points this close, as a part of the window, are one limit
OTHER, NONE = len(LETTERS), -1  # the indices of a less common limit, and of no limit


@dataclass(frozen=True)
class Basin:
    """The result of a run from every start, in arrays (SIDE, SIDE); axis 0 is coordinate 0.

    ``kinds`` are indices into `OUTCOMES`, ``numbers`` indices into ``limits``. These are the same
    for all optimizers of a scene, from the most common limit to the least.
    """

    optimizer: str
    extent: tuple[float, ...]
    kinds: Any
    steps: Any
    numbers: Any
    limits: list[Any]


def basins(scene: Scene) -> list[Basin]:
    """Run every optimizer that a document has from a grid of starts that covers the window."""
    names = [name for name in optimizers(scene) if name in DOCUMENTED]
    kinds, steps, points = map(np.stack, zip(*(_swept(scene, o) for o in names), strict=True))
    scale = np.array([abs(b - a) for a, b in scene.window])
    numbers, limits = _limits(points, kinds, scale)
    flat = len(scene.start) == 1
    second = (math.log10(RATES[0]), math.log10(RATES[-1])) if flat else scene.window[1]
    extent = (*scene.window[0], *second)
    return [
        Basin(name, extent, kinds[i], steps[i], numbers[i], limits) for i, name in enumerate(names)
    ]


def _swept(scene: Scene, optimizer: str) -> tuple[Any, Any, Any]:
    """The outcome, number of steps and end point of the run from every start."""
    starts, flat = view(scene), len(scene.start) == 1
    rates = RATES if flat else [strip(scene.name, optimizer).best]
    found, shape = ended(scene, optimizer, starts, rates), (SIDE, SIDE)
    return found.kinds.reshape(shape), found.steps.reshape(shape), found.points.reshape(*shape, -1)


def _limits(points: Any, kinds: Any, scale: Any) -> tuple[Any, list[Any]]:
    """Cluster the end points of converged runs: the cluster of each, and the cluster centres."""
    settled = np.isin(kinds, (CONVERGES, UPHILL))
    ends = points[settled] / scale
    limits: list[Any] = []
    number = np.full(len(ends), OTHER)
    while (number == OTHER).any() and len(limits) < len(LETTERS):
        left = ends[number == OTHER]
        cells = np.round(left / NEAR)
        _, first, counts = np.unique(cells, axis=0, return_index=True, return_counts=True)
        limit = left[first[np.argmax(counts)]]
        number[(np.abs(ends - limit).max(axis=-1) <= NEAR) & (number == OTHER)] = len(limits)
        limits.append(limit * scale)
    numbers = np.full(kinds.shape, NONE)
    numbers[settled] = number
    return numbers, limits
