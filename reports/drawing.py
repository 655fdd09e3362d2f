"""What a figure is, and what all figures share: the theme, the runs and the objective's values."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib as mpl
import numpy as np
import seaborn as sns

mpl.use("svg")

from matplotlib import pyplot as plt

import backends
from reference import CASES, Case
from reference.objective import Objective

Drawn: TypeAlias = tuple[Any, str]  # matplotlib's figure, and what it shows in words


@dataclass(frozen=True)
class Figure:
    """One figure; ``draw`` returns it with its text alternative.

    ``systems`` are the rows of ``systems.toml`` that ask for it, ``document`` the number of the
    document it belongs to.
    """

    id: str
    systems: tuple[str, ...]
    document: str
    title: str
    caption: str
    draw: Callable[[], Drawn]

    @property
    def path(self) -> str:
        """Where the page finds it."""
        return f"figures/{self.id}.svg"


def theme() -> None:
    """Set the look of all figures; the salt makes the ids inside an SVG the same every time."""
    sns.set_theme(style="whitegrid", font_scale=0.9, rc={"figure.constrained_layout.use": True})
    mpl.rcParams.update({"svg.hashsalt": "descent-bench", "savefig.dpi": 150, "legend.fontsize": 8})


def save(figure: Figure, folder: Path) -> str:
    """Draw ``figure`` below ``folder`` and return its text alternative."""
    drawn, words = figure.draw()
    path = folder / figure.path
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn.savefig(path, metadata={"Date": None})
    plt.close(drawn)
    return words


@cache
def run(name: str) -> backends.Path:
    """Run a named case on the default target."""
    return backends.run(CASES[name])


def named(prefix: str) -> dict[str, Case]:
    """The cases whose names begin with ``prefix``."""
    return {name: case for name, case in CASES.items() if name.startswith(prefix)}


def objective(case: Case) -> Objective:
    """The case's objective in numpy's float64."""
    return Objective(case.objective, dict(case.objective.constants(case.p)), np)


def axes(width: float = 4.6, height: float = 3.3, **options: Any) -> Any:
    """Make a figure with its axes."""
    return plt.subplots(figsize=(width, height), **options)


def short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(short, value))})"
    return str(value)


def describe(case: Case) -> str:
    """What a case runs, in a line."""
    chosen = {**case.params, **case.hyper}
    words = [f"{case.spec.title} on {case.objective.title}"]
    words += [f"{name} = {short(value)}" for name, value in chosen.items()]
    words += [f"from {short(case.x0.tolist())}", f"at most {case.steps} steps", case.dtype]
    return ", ".join(words if case.stop else [w.removeprefix("at most ") for w in words])
