"""Basins of attraction: where each optimizer goes in each scene, from a grid of starts.

On the plane the learning rate is the map's best from the scene's own start; on the line the second
axis is the learning rate.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

import backends
from reports.compute.outcomes import CONVERGES, SIDE, UPHILL, case, outcomes, view
from reports.compute.rates import strip
from reports.scenes import Scene

RATES = np.geomspace(1e-2, 1e1, SIDE)
LETTERS = "ABCDEF"  # the limits that have a colour
NEAR = 1 / 16  # ends are the same limit within such a part of the window
OTHER, NONE = len(LETTERS), -1  # the numbers of less common limits, and of no limit


@dataclass(frozen=True)
class Basin:
    """What becomes of every start: arrays (SIDE, SIDE), the first coordinate along the first axis.

    ``kinds`` are places in `OUTCOMES`; ``numbers`` count the ``limits``, the commonest first.
    """

    optimizer: str
    extent: tuple[float, ...]
    kinds: Any
    steps: Any
    numbers: Any
    limits: list[Any]


def basin(scene: Scene, optimizer: str) -> Basin:
    """Run from all over the window."""
    starts, flat = view(scene), len(scene.start) == 1
    rates = RATES if flat else [strip(scene.name, optimizer).best]
    found = backends.sweep(case(scene, optimizer), starts, {"lr": rates}, progress=False)
    shape = (SIDE, SIDE)
    kinds = outcomes(scene, found, starts).reshape(shape)
    scale = np.array([abs(b - a) for a, b in scene.window])
    numbers, limits = _limits(found.points.reshape(*shape, -1), kinds, scale)
    second = (math.log10(RATES[0]), math.log10(RATES[-1])) if flat else scene.window[1]
    extent = (*scene.window[0], *second)
    return Basin(optimizer, extent, kinds, found.steps.reshape(shape), numbers, limits)


def _limits(points: Any, kinds: Any, scale: Any) -> tuple[Any, list[Any]]:
    """Number the limits of what settled, the commonest first."""
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
