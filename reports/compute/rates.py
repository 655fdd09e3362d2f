"""The outcome of each optimizer in each scene as a function of its learning rate."""

import math
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from reference import OPTIMIZERS
from reports.compute.outcomes import DIVERGES, OUTCOMES, STEPS, ended, optimizers
from reports.scenes import Scene, collect
from reports.words import counted, digits

RATES = np.array([float(f"{rate:.2g}") for rate in np.geomspace(1e-3, 1e2, 201)])
FINER = 161  # points of each of the two refinements that locate where divergence begins


@dataclass(frozen=True)
class Band:
    """Neighbouring learning rates, from ``first`` to ``last``, that have the same outcome.

    ``low`` and ``high`` are its ends in a picture, halfway to the next rates.
    """

    outcome: str
    first: float
    last: float
    low: float
    high: float


@dataclass(frozen=True)
class Strip:
    """The outcomes of one optimizer in one scene as a function of its learning rate.

    ``band`` is the widest band that converges, ``best`` the rate in it that takes the fewest
    steps until it stays, and ``steps`` their number. If no rate converges, ``band`` is None,
    ``steps`` is nan and ``best`` the rate with the lowest last value. Every rate tried from
    ``diverges`` on diverges; it is nan if the scan does not tell where this begins, and then
    ``remark`` says why.
    """

    name: str
    optimizer: str
    bands: list[Band]
    band: Band | None
    best: float
    steps: float
    diverges: float
    remark: str

    @property
    def scene(self) -> Scene:
        """The scene of this name."""
        return collect()[self.name]

    @property
    def numbers(self) -> tuple[float, ...]:
        """The ends of the widest converging band, the quickest rate, its steps, ``diverges``."""
        found = (self.band.first, self.band.last, self.best) if self.band else (math.nan,) * 3
        return (*found, self.steps, self.diverges)

    @property
    def words(self) -> str:
        """What becomes of the runs, in a clause without its subject."""
        diverges = f"diverges above {digits(self.diverges, 5)}"
        after = f"divergence {self.remark}" if self.remark else diverges
        if self.band is None:
            return f"never converges within {STEPS} steps; {after}"
        first, last, best = map(digits, (self.band.first, self.band.last, self.best))
        quickest = f"is quickest at {best} with {counted(int(self.steps), 'step')}"
        return f"converges within {STEPS} steps from {first} to {last} and {quickest}; {after}"


def _swept(scene: Scene, optimizer: str, rates: Any) -> tuple[Any, Any, Any]:
    """The outcome, number of steps and last value for each learning rate."""
    found = ended(scene, optimizer, scene.start[None], rates)
    return found.kinds[0], found.steps[0], found.values[0]


def _bands(kinds: Any) -> list[Band]:
    """Group neighbouring rates that have the same outcome."""
    edges = np.sqrt(np.append(RATES[0], RATES) * np.append(RATES, RATES[-1]))
    bands = []
    for kind, found in groupby(range(len(RATES)), key=lambda i: kinds[i]):
        places = list(found)
        first, last = places[0], places[-1]
        ends = RATES[first], RATES[last], edges[first], edges[last + 1]
        bands.append(Band(list(OUTCOMES)[kind], *map(float, ends)))
    return bands


def _widest(bands: list[Band]) -> Band | None:
    """The converging band with the largest ratio of its ends."""
    found = [band for band in bands if band.outcome == "converges"]
    return max(found, key=lambda band: band.high / band.low, default=None)


def _divergence(scene: Scene, optimizer: str, kinds: Any) -> tuple[float, str]:
    """The rate from which all diverge, or nan and why the scan does not tell it."""
    stays = np.flatnonzero(kinds != DIVERGES)
    if not len(stays):
        return math.nan, f"below {RATES[0]:g}, the smallest tried"
    if stays[-1] == len(RATES) - 1:
        return math.nan, f"not up to {RATES[-1]:g}"
    if stays[-1] == len(RATES) - 2:
        return math.nan, f"only at {RATES[-1]:g}, the largest tried"
    return _refined(scene, optimizer, RATES[stays[-1]], RATES[stays[-1] + 1]), ""


def _refined(scene: Scene, optimizer: str, low: float, high: float, finer: int = 2) -> float:
    """The rate between ``low``, which does not diverge, and ``high`` from which all diverge."""
    if not finer:
        return float(high)
    between = np.linspace(low, high, FINER)
    kinds = _swept(scene, optimizer, between)[0]
    last = np.flatnonzero(kinds[:-1] != DIVERGES).max(initial=0)
    return _refined(scene, optimizer, between[last], between[last + 1], finer - 1)


SWEPT: dict[tuple[str, str], Strip] = {}  # by scene and optimizer


def strip(name: str, optimizer: str) -> Strip:
    """The outcomes of one optimizer in one scene, swept once and cached in `SWEPT`."""
    found = SWEPT.get((name, optimizer))
    if found is None:
        found = SWEPT[name, optimizer] = _strip(name, optimizer)
    return found


def _strip(name: str, optimizer: str) -> Strip:
    """Sweep the learning rates of one optimizer in one scene."""
    scene = collect()[name]
    kinds, steps, values = _swept(scene, optimizer, RATES)
    bands = _bands(kinds)
    band = _widest(bands)
    cost = np.nan_to_num(values, nan=np.inf)
    if band:
        cost = np.where((band.first <= RATES) & (band.last >= RATES), steps, np.inf)
    best = int(np.argmin(cost))
    took = float(steps[best]) if band else math.nan
    diverges = _divergence(scene, optimizer, kinds)
    return Strip(name, optimizer, bands, band, float(RATES[best]), took, *diverges)


def strips() -> list[Strip]:
    """The strip of every optimizer in every scene."""
    return [strip(name, o) for name, scene in collect().items() for o in optimizers(scene)]


def ravine() -> str:
    """Why momentum does not pay in the rotated ravine if each optimizer has its best rate.

    Over all rates, the error along some axis shrinks a step by no less than the root of the
    momentum; of gradient descent by no less than (k - 1) / (k + 1), k the condition number.
    Source: Polyak 1964, sections 1 and 2.
    """
    plain, heavy = strip("ravine", "gd"), strip("ravine", "momentum")
    beta = vars(OPTIMIZERS["momentum"].hyper())["momentum"]
    curvatures = np.linalg.eigvalsh(plain.scene.objective.hessian(plain.scene.start))
    condition, root = curvatures[-1] / curvatures[0], math.sqrt(beta)
    shrinks, enough = (condition - 1) / (condition + 1), (1 + root) / (1 - root)
    return (
        f"In the rotated ravine momentum takes {counted(int(heavy.steps), 'step')} at its best "
        f"rate, gradient descent {int(plain.steps)}. With momentum = {beta:g} no rate makes the "
        f"error shrink by more than a factor of \N{SQUARE ROOT}{beta:g} = {root:.3f} a step in the "
        f"long run, while gradient descent reaches {shrinks:.3f} at this ravine's condition number "
        f"of {condition:.3g}; it is the slower one from a condition number of {enough:.0f} on, and "
        "wherever both must take the same small rate."
    )


def frame() -> pd.DataFrame:
    """A row for every strip."""
    rows = [(s.scene.title, OPTIMIZERS[s.optimizer].title, *s.numbers, s.remark) for s in strips()]
    names = ["problem", "optimizer", "converges from", "to", "quickest", "steps", "diverges above"]
    return pd.DataFrame(rows, columns=[*names, "remark"])
