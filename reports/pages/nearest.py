"""For each optimizer the run that is nearest to its bound, beside numpy's error in the same run."""

import math
from dataclasses import dataclass

import pandas as pd

from reports.cells import AgreementCell, PairCell
from reports.pages.grids import heat, row_id, severity, share, short
from reports.read.results import Results

Run = AgreementCell | PairCell


@dataclass(frozen=True)
class Nearest:
    """An optimizer's run nearest to its bound, and numpy's error in it, in ulps."""

    cell: Run
    numpy: float | None

    @property
    def row(self) -> str:
        """The link to the row that shows the run."""
        return f"#{row_id(self.cell)}"

    @property
    def run(self) -> str:
        """The case, or the problem that was run with defaults."""
        return self.cell.case if isinstance(self.cell, AgreementCell) else self.cell.problem

    @property
    def where(self) -> str:
        return f"{self.cell.target}, {self.cell.dtype}, {self.cell.mode}"

    @property
    def ratio(self) -> str:
        return share(self.cell.ratio)

    @property
    def heat(self) -> int:
        return heat(self.cell.ratio)

    @property
    def ulps(self) -> str:
        return short(self.cell.ulps)

    @property
    def times(self) -> float:
        """The error divided by numpy's; NaN if that is zero or unknown, or the run is numpy's."""
        if self.cell.ulps is None or not self.numpy or self.cell.target == "numpy:cpu":
            return math.nan
        return self.cell.ulps / self.numpy

    @property
    def words(self) -> str:
        """The run, its share of the bound, and how its error compares with numpy's."""
        times = "" if math.isnan(self.times) else f", {self.times:.3g} times numpy's error"
        run = f"{self.cell.optimizer} on {self.where}, in {self.run}"
        of = "times" if (self.cell.ratio or 0) > 1 else "of"
        return f"{run}: {self.ratio} {of} its bound{times}."


def collect(results: Results) -> list[Nearest]:
    """A line for each optimizer, the one nearest to its bound, or beyond it, first."""
    runs: list[Run] = [*results.of(AgreementCell), *results.of(PairCell)]
    runs = [cell for cell in runs if cell.outcome != "skipped"]
    numpy = {(c.subject, c.dtype): c.ulps for c in runs if c.target == "numpy:cpu"}
    worst: dict[str, Run] = {}
    for cell in sorted(runs, key=severity):
        worst[cell.optimizer] = cell
    found = [Nearest(cell, numpy.get((cell.subject, cell.dtype))) for cell in worst.values()]
    return sorted(found, key=lambda each: severity(each.cell), reverse=True)


def frame(found: list[Nearest]) -> pd.DataFrame:
    """A row for each optimizer."""
    columns = ["optimizer", "error / bound", "run", "target", "dtype", "mode"]
    columns += ["ulps", "numpy's ulps", "times numpy's"]
    return pd.DataFrame([_line(each, each.cell) for each in found], columns=columns)


def _line(each: Nearest, cell: Run) -> tuple[object, ...]:
    where = cell.target, cell.dtype, cell.mode
    return cell.optimizer, cell.ratio, each.run, *where, cell.ulps, each.numpy, each.times
