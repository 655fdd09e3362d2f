"""Learning-rate maps and basins of attraction: where each optimizer goes, from sweeps on numpy.

A run converges when its slope has fallen to a thousandth of the steepest in view, or to a tenth of
the start's if that is less. It diverges when its numbers end, or its value has risen; it settles
uphill when it converges above where it began. In all other cases, and where it began on the flat,
it is still on its way after `STEPS` steps.
"""

import math
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

import backends
from reference import OPTIMIZERS, Case, GradientNorm
from reports.drawing import INK, Drawn, Figure, axes
from reports.scenes import Scene, collect, swept

STEPS = 150
RATES = np.array([float(f"{rate:.2g}") for rate in np.geomspace(1e-3, 1e2, 201)])
FINER = 161  # points between two rates, twice, to find where divergence begins
SIDE = 45  # starts along each axis of a basin
OUTCOMES = {  # colour and hatch: they tell each other apart without colour
    "converges": ("#4c9f70", ""),
    "on its way": ("#d9c77e", ".."),
    "settles uphill": ("#7f9fd1", "\\\\"),
    "diverges": ("#b65a5a", "//"),
}
CONVERGES, ON_ITS_WAY, UPHILL, DIVERGES = range(len(OUTCOMES))
ENDS = "ABCDEF"  # limits told apart in a basin
NEAR = 1 / 16  # ends are the same limit within such a part of the window
LETTER = {"ha": "center", "va": "center", "fontsize": 8, "weight": "bold", "color": "black"}
HALO = [withStroke(linewidth=2, foreground="white")]


@dataclass(frozen=True)
class Band:
    """Learning rates next to each other with the same outcome."""

    outcome: str
    low: float
    high: float


@dataclass(frozen=True)
class Strip:
    """What one optimizer does in one scene as its learning rate grows.

    ``best`` is the rate that converges in the fewest steps, ``steps`` how many; where none does,
    ``steps`` is nan and ``best`` the rate that ends lowest. ``diverges`` is the least rate above
    which every rate tried diverges, nan where there is none.
    """

    scene: Scene
    optimizer: str
    bands: list[Band]
    best: float
    steps: float
    diverges: float

    @property
    def numbers(self) -> tuple[float, ...]:
        """The widest converging band, the quickest rate, its steps, and where divergence begins."""
        quickest = math.nan if math.isnan(self.steps) else self.best
        return (*self._converging, quickest, self.steps, self.diverges)

    @property
    def _converging(self) -> tuple[float, float]:
        """The widest band that converges, on a logarithmic scale; nan where there is none."""
        found = [(b.low, b.high) for b in self.bands if b.outcome == "converges"]
        return max(found, key=lambda ends: ends[1] / ends[0], default=(math.nan, math.nan))


@cache
def _tolerance(name: str) -> float:
    """The slope at which a run of this scene has converged."""
    scene = collect()[name]
    lines = [np.linspace(a, b, SIDE) for a, b in scene.window]
    view = np.stack(np.meshgrid(*lines), -1).reshape(-1, len(lines))
    return float(min(_slope(scene, view).max() / 1000, _slope(scene, scene.start) / 10))


def _slope(scene: Scene, points: Any) -> Any:
    return np.linalg.norm(scene.objective.gradient(points), axis=-1)


def _case(scene: Scene, optimizer: str) -> Case:
    stop = GradientNorm(tolerance=_tolerance(scene.name))
    return scene.of(optimizer, steps=STEPS, stop=stop)


def _outcomes(scene: Scene, found: backends.Sweep, starts: Any) -> Any:
    """The place in `OUTCOMES` of every member."""
    with np.errstate(all="ignore"):
        higher = ~(found.values <= scene.objective.value(starts)[:, None])
        flat = _slope(scene, starts)[:, None] <= _tolerance(scene.name)
    settled = (found.status == "converged") & ~flat
    kinds = np.where(settled, np.where(higher, UPHILL, CONVERGES), ON_ITS_WAY)
    return np.where((found.status == "diverged") | (higher & ~settled), DIVERGES, kinds)


def _swept(scene: Scene, optimizer: str, rates: Any) -> tuple[Any, Any, Any]:
    """The outcome, the steps and the last value of each learning rate."""
    found = backends.sweep(_case(scene, optimizer), hyper={"lr": rates}, progress=False)
    return _outcomes(scene, found, scene.start[None])[0], found.steps[0], found.values[0]


def _threshold(scene: Scene, optimizer: str, rates: Any, kinds: Any, finer: int = 2) -> float:
    """The rate above which all diverge, found between the last that does not and the next."""
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


def _optimizers(scene: Scene) -> list[str]:
    return [name for name in scene.optimizers() if swept(name)]


def strips() -> list[Strip]:
    """Every scene's, optimizer by optimizer."""
    return [strip(name, o) for name, scene in collect().items() for o in _optimizers(scene)]


def frame() -> pd.DataFrame:
    """A row for every strip."""
    rows = [(s.scene.title, OPTIMIZERS[s.optimizer].title, *s.numbers) for s in strips()]
    names = ["problem", "optimizer", "converges from", "to", "quickest", "steps", "diverges above"]
    return pd.DataFrame(rows, columns=names)


def _patches() -> list[Patch]:
    return [
        Patch(facecolor=c, hatch=h, edgecolor=INK, lw=0.5, label=o)
        for o, (c, h) in OUTCOMES.items()
    ]


def _bars(name: str) -> Drawn:
    """A bar for each optimizer along the learning rate, in bands of the same outcome."""
    scene = collect()[name]
    found = [strip(name, optimizer) for optimizer in _optimizers(scene)]
    figure, ax = axes(7.2, 0.8 + 0.32 * len(found))
    for place, each in enumerate(found):
        for band in each.bands:
            colour, hatch = OUTCOMES[band.outcome]
            look = {"facecolor": colour, "hatch": hatch, "edgecolor": INK, "lw": 0.3, "height": 0.8}
            ax.barh(place, band.high - band.low, left=band.low, **look)
        ax.plot(each.best, place, "D", color="white", mec=INK, ms=5)
    ax.set(xscale="log", xlabel="learning rate", xlim=(RATES[0], RATES[-1]))
    ax.set_yticks(range(len(found)), [OPTIMIZERS[each.optimizer].title for each in found])
    ax.invert_yaxis()
    ax.grid(visible=False)
    figure.legend(handles=_patches(), loc="outside upper center", ncols=len(OUTCOMES))
    words = "; ".join(f"{OPTIMIZERS[e.optimizer].title} {_told(e)}" for e in found)
    return Drawn(figure, f"{scene.title}, {STEPS} steps: {words}.", _bands(found))


def _told(found: Strip) -> str:
    quick = "never converges"
    if not math.isnan(found.steps):
        quick = f"is quickest at {found.best:.3g} with {found.steps:.0f} steps"
    ends = "" if math.isnan(found.diverges) else f" and diverges above {found.diverges:.4g}"
    return quick + ends


def _bands(found: list[Strip]) -> pd.DataFrame:
    rows = [(s.optimizer, b.low, b.high, b.outcome) for s in found for b in s.bands]
    return pd.DataFrame(rows, columns=["optimizer", "from", "to", "outcome"])


def _starts(scene: Scene) -> tuple[Any, Any]:
    """A grid of starts over the window, and what lies along the picture's second axis."""
    lines = [np.linspace(a, b, SIDE) for a, b in scene.window]
    if len(lines) == 1:
        return lines[0][:, None], np.geomspace(1e-2, 1e1, SIDE)
    return np.stack(np.meshgrid(*lines, indexing="ij"), -1).reshape(-1, 2), None


def _ends(points: Any, kinds: Any, scale: Any) -> tuple[Any, list[Any]]:
    """Number the limits of what settled, the commonest first; -1 for all others."""
    settled = np.isin(kinds, (CONVERGES, UPHILL))
    ends = points[settled] / scale
    numbers, limits = np.full(len(ends), len(ENDS)), []
    for number in range(len(ENDS)):
        left = ends[numbers == len(ENDS)]
        if not len(left):
            break
        _, first, counts = np.unique(
            np.round(left / NEAR), axis=0, return_index=True, return_counts=True
        )
        limit = left[first[np.argmax(counts)]]
        close = np.abs(ends - limit).max(axis=-1) <= NEAR
        numbers[close & (numbers == len(ENDS))] = number
        limits.append(limit * scale)
    every = np.full(kinds.shape, -1)
    every[settled] = numbers
    return every, limits


def _basin(scene: Scene, optimizer: str) -> tuple[Any, Any, Any]:
    """Points, outcomes and steps of every start, (SIDE, SIDE, ...)."""
    starts, rates = _starts(scene)
    lr = [strip(scene.name, optimizer).best] if rates is None else rates
    found = backends.sweep(_case(scene, optimizer), starts, {"lr": lr}, progress=False)
    shape = (SIDE, SIDE)
    kinds = _outcomes(scene, found, starts).reshape(shape)
    return found.points.reshape(*shape, -1), kinds, found.steps.reshape(shape)


def _panel(ax: Any, scene: Scene, optimizer: str, palette: Any) -> tuple[str, pd.DataFrame]:
    points, kinds, steps = _basin(scene, optimizer)
    scale = np.array([abs(b - a) for a, b in scene.window])
    numbers, limits = _ends(points, kinds, scale)
    colours = np.array([*palette, (0.5, 0.5, 0.5), (0.85, 0.82, 0.72)])[numbers]
    colours = np.where((numbers >= 0)[..., None], _faded(colours, steps), colours)
    colours[kinds == DIVERGES] = (0.25, 0.2, 0.2)
    flat = len(scene.window) == 1
    (a, b), (c, d) = scene.window[0], (-2.0, 1.0) if flat else scene.window[1]
    ax.imshow(
        colours.transpose(1, 0, 2),
        origin="lower",
        extent=(a, b, c, d),
        aspect="auto",
        interpolation="nearest",
    )
    ax.contourf(
        (kinds == DIVERGES).T.astype(float),
        levels=[0.5, 2],
        colors="none",
        hatches=["///"],
        extent=(a, b, c, d),
    )
    title, lr = OPTIMIZERS[optimizer].title, strip(scene.name, optimizer).best
    ax.set_title(title if flat else f"{title}, lr = {lr:.2g}", fontsize=8)
    for letter, limit in zip(ENDS, limits, strict=False):
        place = (limit[0], d - 0.08 * (d - c)) if flat else limit
        if a <= place[0] <= b and c <= place[1] <= d:
            ax.text(*place, letter, path_effects=HALO, **LETTER)
    ax.tick_params(labelsize=7)
    ax.grid(visible=False)
    share = np.bincount(kinds.ravel(), minlength=len(OUTCOMES)) / kinds.size
    words = ", ".join(f"{p:.0%} {o}" for o, p in zip(OUTCOMES, share, strict=True) if p)
    named = [
        f"{k} at ({', '.join(f'{x:.3g}' for x in v)})" for k, v in zip(ENDS, limits, strict=False)
    ]
    frame = pd.DataFrame({"optimizer": optimizer, "outcome": list(OUTCOMES), "share": share})
    return f"{title}: {words}" + (f"; limits {', '.join(named)}" if named else ""), frame


def _faded(colours: Any, steps: Any) -> Any:
    """Paler where more steps were needed."""
    pale = (0.65 * steps / STEPS)[..., None]
    return colours * (1 - pale) + pale


def _basins(name: str) -> Drawn:
    """A panel for each optimizer, a colour for each limit."""
    scene = collect()[name]
    names = _optimizers(scene)
    columns = 5
    lines = math.ceil(len(names) / columns)
    figure, panels = axes(10, 2.1 * lines, nrows=lines, ncols=columns, sharex=True, sharey=True)
    palette = sns.color_palette("colorblind", len(ENDS))
    told = []
    for ax, optimizer in zip(panels.ravel(), names, strict=False):
        told.append(_panel(ax, scene, optimizer, palette))
    for ax in panels.ravel()[len(names) :]:
        ax.set_axis_off()
    flat = len(scene.window) == 1
    figure.supxlabel("start" if flat else "x1", fontsize=9)
    figure.supylabel("log10 of the learning rate" if flat else "x2", fontsize=9)
    words = ". ".join(words for words, _ in told)
    return Drawn(figure, f"{scene.title}. {words}.", pd.concat([f for _, f in told]))


@cache
def figures() -> tuple[Figure, ...]:
    """Two for each scene: the learning rates, and the basins."""
    scenes = collect().items()
    return tuple(draw(*each) for each in scenes for draw in (_rates_figure, _basins_figure))


def _rates_figure(name: str, scene: Any) -> Figure:
    start = ", ".join(f"{x:g}" for x in scene.start)
    caption = (
        f"From ({start}), in {STEPS} steps. The diamond is the quickest rate; where none "
        "converges, the one that ends lowest."
    )
    return Figure(
        f"rates-{name}", (), "", f"{scene.title}: learning rates", caption, partial(_bars, name)
    )


def _basins_figure(name: str, scene: Any) -> Figure:
    return Figure(f"basins-{name}", (), "", f"{scene.title}: basins", "", partial(_basins, name))
