"""The outcome of each optimizer in each scene as a function of its learning rate."""

import math
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

import backends
from reference import OPTIMIZERS
from reports.compute.outcomes import CONVERGES, DIVERGES, OUTCOMES, case, optimizers, outcomes
from reports.scenes import Scene, collect

RATES = np.array([float(f"{rate:.2g}") for rate in np.geomspace(1e-3, 1e2, 201)])
FINER = 161  # points of each of the two refinements that locate where divergence begins


@dataclass(frozen=True)
class Band:
    """A range of learning rates that have the same outcome."""

    outcome: str
    low: float
    high: float


@dataclass(frozen=True)
class Strip:
    """The outcomes of one optimizer in one scene as a function of its learning rate.

    ``best`` is the rate that converges in the fewest steps, and ``steps`` their number. If none
    converges, ``steps`` is nan and ``best`` the rate with the lowest last value. Every rate tried
    from ``diverges`` on diverges; it is nan if the largest rate does not.
    """

    scene: Scene
    optimizer: str
    bands: list[Band]
    best: float
    steps: float
    diverges: float

    @property
    def numbers(self) -> tuple[float, ...]:
        """The ends of the widest converging band, the quickest rate, its steps, ``diverges``."""
        quickest = math.nan if math.isnan(self.steps) else self.best
        return (*self._converging, quickest, self.steps, self.diverges)

    @property
    def _converging(self) -> tuple[float, float]:
        """The ends of the converging band with the largest ratio of ends; nan if there is none."""
        found = [(b.low, b.high) for b in self.bands if b.outcome == "converges"]
        return max(found, key=lambda ends: ends[1] / ends[0], default=(math.nan, math.nan))


def _swept(scene: Scene, optimizer: str, rates: Any) -> tuple[Any, Any, Any]:
    """The outcome, number of steps and last value for each learning rate."""
    found = backends.sweep(case(scene, optimizer), hyper={"lr": rates}, progress=False)
    return outcomes(scene, found, scene.start[None])[0], found.steps[0], found.values[0]


def _threshold(scene: Scene, optimizer: str, rates: Any, kinds: Any, finer: int = 2) -> float:
    """The rate from which all diverge, refined between the last that does not and the next."""
    stays = np.flatnonzero(kinds != DIVERGES)
    if kinds[-1] != DIVERGES or not len(stays):
        return math.nan if kinds[-1] != DIVERGES else float(rates[0])
    last = stays[-1]
    if not finer:
        return float(rates[last + 1])
    between = np.linspace(rates[last], rates[last + 1], FINER)
    return _threshold(scene, optimizer, between, _swept(scene, optimizer, between)[0], finer - 1)


@cache
def strip(name: str, optimizer: str) -> Strip:
    """Sweep the learning rates of one optimizer in one scene."""
    scene = collect()[name]
    kinds, steps, values = _swept(scene, optimizer, RATES)
    edges = np.sqrt(np.append(RATES[0], RATES) * np.append(RATES, RATES[-1]))
    bands = [
        Band(list(OUTCOMES)[kind], float(edges[group[0]]), float(edges[group[-1] + 1]))
        for kind, found in groupby(range(len(RATES)), key=lambda i: kinds[i])
        for group in [list(found)]
    ]
    good = kinds == CONVERGES
    cost = np.where(good, steps, np.inf) if good.any() else np.nan_to_num(values, nan=np.inf)
    best = int(np.argmin(cost))
    took = float(steps[best]) if good.any() else math.nan
    limit = _threshold(scene, optimizer, RATES, kinds)
    return Strip(scene, optimizer, bands, float(RATES[best]), took, limit)


def strips() -> list[Strip]:
    """The strip of every optimizer in every scene."""
    return [strip(name, o) for name, scene in collect().items() for o in optimizers(scene)]


def frame() -> pd.DataFrame:
    """A row for every strip."""
    rows = [(s.scene.title, OPTIMIZERS[s.optimizer].title, *s.numbers) for s in strips()]
    names = ["problem", "optimizer", "converges from", "to", "quickest", "steps", "diverges above"]
    return pd.DataFrame(rows, columns=names)
