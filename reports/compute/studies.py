"""The best rates of a study's grids, and how many members ended in which way."""

from dataclasses import dataclass

import numpy as np

from reports.read.studies import GridRead


@dataclass(frozen=True)
class Best:
    """The best number along a map's first axis, and the means of the members there."""

    number: float
    value: float
    steps: float
    diverged: float


def best(grid: GridRead) -> Best | None:
    """Return the best number of the first axis, or None if nothing was read.

    With a stopping rule it is the one at which most members converge, and of these the one with
    the fewest steps; without, of those at which the fewest diverge, the one with the lowest mean
    of the last values.
    """
    members = grid.members.sum(axis=1)
    if not members.any():
        return None
    lost, done = grid.diverged.sum(axis=1), grid.converged.sum(axis=1)
    kept = np.maximum(members - lost, 1)
    value, steps = grid.values.sum(axis=1) / kept, grid.steps.sum(axis=1) / kept
    share = np.where(members, lost / np.maximum(members, 1), np.inf)
    ended = np.where(members, done / np.maximum(members, 1), -np.inf)
    keys = (steps, -ended) if grid.stops and done.any() else (value, share)
    i = int(np.lexsort(keys)[0])
    return Best(float(grid.axes[0][i]), float(value[i]), float(steps[i]), float(share[i]))
