"""Learning-rate maps: each optimizer's outcome as a function of its learning rate."""

from functools import partial

import pandas as pd
from matplotlib.patches import Patch

from reference import OPTIMIZERS
from reports.compute.outcomes import OUTCOMES, STEPS, optimizers
from reports.compute.rates import RATES, Strip, strip
from reports.draw.figure import INK, WIDTH, Drawn, Figure, axes
from reports.scenes import Scene, collect
from reports.words import short


def _patches() -> list[Patch]:
    return [
        Patch(facecolor=c, hatch=h, edgecolor=INK, lw=0.5, label=o)
        for o, (c, h) in OUTCOMES.items()
    ]


def _bars(name: str) -> Drawn:
    """Draw a bar for each optimizer along the learning rate, coloured by outcome."""
    scene = collect()[name]
    found = [strip(name, optimizer) for optimizer in optimizers(scene)]
    drawn, ax = axes(WIDTH, 0.8 + 0.32 * len(found))
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
    drawn.legend(handles=_patches(), loc="outside upper center", ncols=len(OUTCOMES))
    words = " ".join(f"{OPTIMIZERS[e.optimizer].title} {e.words}." for e in found)
    return Drawn(drawn, f"{scene.title}, {STEPS} steps. {words}", _bands(found))


def _bands(found: list[Strip]) -> pd.DataFrame:
    rows = [(s.optimizer, b.low, b.high, b.outcome) for s in found for b in s.bands]
    return pd.DataFrame(rows, columns=["optimizer", "from", "to", "outcome"])


def figure(scene: Scene) -> Figure:
    """The figure of a scene's learning-rate map."""
    title = f"{scene.title}: learning rates"
    start = scene.start.tolist()
    caption = (
        f"How a run from {short(start if len(start) > 1 else start[0])} ends within {STEPS} steps. "
        "The diamond marks the rate that takes the fewest steps in the widest band that converges, "
        "or where no rate converges, the rate that ends lowest."
    )
    return Figure(f"rates-{scene.name}", (), "", title, caption, partial(_bars, scene.name))
