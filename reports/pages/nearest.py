"""For each optimizer our run that is nearest to its bound, beside numpy's share in the same run."""

import math
from collections.abc import Hashable
from dataclasses import dataclass

import pandas as pd

from backends import MODES
from reports.cells import AgreementCell, PairCell, PeerCell, TapeCell
from reports.pages.grids import heat, row_id, severity, share, short
from reports.read.results import Results

Run = AgreementCell | PairCell | TapeCell


@dataclass(frozen=True)
class Nearest:
    """An optimizer's run nearest to its bound, and numpy's share of the bound in it."""

    cell: Run
    numpy: float | None

    @property
    def row(self) -> str:
        """The link to the row that shows the run."""
        return f"#{row_id(self.cell)}"

    @property
    def run(self) -> str:
        """The case, the problem that was run with defaults, or the gradients that were given."""
        if isinstance(self.cell, TapeCell):
            return f"{self.cell.tape} gradients"
        return self.cell.case if isinstance(self.cell, AgreementCell) else self.cell.problem

    @property
    def where(self) -> str:
        return f"{self.cell.target}, {self.cell.dtype}, {_how(self.cell)}"

    @property
    def ratio(self) -> str:
        return share(self.cell.ratio)

    @property
    def heat(self) -> int:
        return heat(self.cell.ratio)

    @property
    def ulps(self) -> str:
        return short(None if isinstance(self.cell, TapeCell) else self.cell.ulps)

    @property
    def times(self) -> float:
        """Its share of the bound divided by numpy's; NaN if that is zero or unknown."""
        if self.cell.ratio is None or not self.numpy:
            return math.nan
        return self.cell.ratio / self.numpy

    @property
    def words(self) -> str:
        """The run, its share of the bound, and how that compares with numpy's."""
        known = self.cell.target != "numpy:cpu" and not math.isnan(self.times)
        times = f", {self.times:.3g} times numpy's share" if known else ""
        given = "on" if isinstance(self.cell, TapeCell) else "in"
        run = f"{self.cell.optimizer} on {self.where}, {given} {self.run}"
        of = "times" if (self.cell.ratio or 0) > 1 else "of"
        return f"{run}: {self.ratio} {of} its bound{times}."


def collect(results: Results) -> list[Nearest]:
    """A line for each optimizer, the one nearest to its bound, or beyond it, first."""
    every: list[Run] = [
        *results.of(AgreementCell),
        *results.of(PairCell),
        *results.of(TapeCell),
    ]
    runs = sorted((cell for cell in every if cell.outcome != "skipped"), key=severity)
    numpy = {_same(cell): cell.ratio for cell in runs if cell.target == "numpy:cpu"}
    worst = {cell.optimizer: cell for cell in runs}
    found = [Nearest(cell, numpy.get(_same(cell))) for cell in worst.values()]
    return sorted(found, key=lambda each: severity(each.cell), reverse=True)


def _how(cell: Run) -> str:
    """The mode of a run, or how the steps on a tape were taken."""
    return cell.way if isinstance(cell, TapeCell) else cell.mode


def _same(cell: Run) -> Hashable:
    """What the runs of several targets have in common: all but the target and its mode."""
    return cell.subject, cell.dtype, "run" if _how(cell) in MODES else _how(cell)


def peers(results: Results) -> str:
    """The optimizer of another library nearest to its bound, in a sentence; empty without any."""
    run = [c for c in results.of(PeerCell) if c.outcome != "skipped" and not c.strays]
    if not run:
        return ""
    worst = max(run, key=severity)
    of = "times" if (worst.ratio or 0) > 1 else "of"
    shared = f"{share(worst.ratio)} {of} its bound" if worst.ratio is not None else worst.outcome
    return f"the largest share is that of {worst.peer} on {worst.target}, {worst.dtype}: {shared}"


def frame(found: list[Nearest]) -> pd.DataFrame:
    """A row for each optimizer."""
    columns = ["optimizer", "error / bound", "run", "target", "dtype", "mode"]
    columns += ["ulps", "numpy's error / bound", "times numpy's"]
    return pd.DataFrame([_line(each, each.cell) for each in found], columns=columns)


def _line(each: Nearest, cell: Run) -> tuple[object, ...]:
    where = cell.target, cell.dtype, _how(cell)
    ulps = None if isinstance(cell, TapeCell) else cell.ulps
    return cell.optimizer, cell.ratio, each.run, *where, ulps, each.numpy, each.times
