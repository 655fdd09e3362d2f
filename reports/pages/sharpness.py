"""Tables of the error bounds' sensitivity and coverage."""

import math
from collections.abc import Iterable

import pandas as pd

from reference import DTYPES
from reference.agreement import CONSTANT
from reference.sharpness import SHARES
from reports.read.bounds import Bounds, Noticed


def hyperparameters(bounds: Bounds) -> pd.DataFrame:
    """The smallest detected change of each hyperparameter, and the run that detects it."""
    rows = [(row.optimizer, *each) for row in bounds.noticed for each in _changes(row, False)]
    return _least(rows, "optimizer", "hyperparameter")


def constants(bounds: Bounds) -> pd.DataFrame:
    """The smallest detected change of each problem's constants, and the run that detects it."""
    rows = [(row.problem, *each) for row in bounds.noticed for each in _changes(row, True)]
    return _least(rows, "problem", "constant")


def _changes(row: Noticed, constant: bool) -> Iterable[tuple[str, str, float, str]]:
    for name, change in row.changes.items():
        if name.startswith(CONSTANT) == constant:
            yield name.removeprefix(CONSTANT), row.dtype, change, row.run


def _least(rows: list[tuple[str, str, str, float, str]], *keys: str) -> pd.DataFrame:
    found: dict[tuple[str, str], dict[str, tuple[float, str]]] = {}
    for owner, name, dtype, change, run in rows:
        least = found.setdefault((owner, name), {})
        least[dtype] = min(least.get(dtype, (math.inf, "")), (change, run))
    table = [[*key, *_shown(least)] for key, least in sorted(found.items())]
    columns = [words for dtype in DTYPES for words in (dtype, f"noticed in {dtype} by")]
    return pd.DataFrame(table, columns=[*keys, *columns])


def _shown(least: dict[str, tuple[float, str]]) -> Iterable[float | str]:
    for dtype in DTYPES:
        change, run = least.get(dtype, (math.inf, ""))
        noticed = math.isfinite(change)
        yield _rounded(change, 2) if noticed else math.nan
        yield run if noticed else "none"


def _rounded(value: float, digits: int = 3) -> float:
    return float(f"{value:.{digits}g}")


def coverage(bounds: Bounds) -> pd.DataFrame:
    """For each run, how many perturbed runs exceed its bound, and the largest ratio."""
    rows = [
        (row.run, row.kind, row.dtype, row.runs, row.beyond, _rounded(row.ratio))
        for row in bounds.covered
    ]
    columns = [
        "run",
        "kind",
        "dtype",
        "perturbed runs",
        "beyond the bound",
        "largest error / bound",
    ]
    return pd.DataFrame(rows, columns=columns)


def factors(bounds: Bounds) -> pd.DataFrame:
    """The margin by which the largest error of N runs must be multiplied to cover other runs.

    For each N and dtype, of the run that needs the largest.
    """
    rows = [
        (int(n), each.dtype, each.run, *map(_rounded, quantiles))
        for each in bounds.covered
        for n, quantiles in each.factors.items()
    ]
    shares = [f"{100 * share:.4g} % of runs" for share in SHARES[:-1]]
    frame = pd.DataFrame(rows, columns=["N", "dtype", "run", *shares, "all runs"])
    worst = frame.sort_values("all runs", ascending=False, kind="stable")
    return worst.drop_duplicates(["N", "dtype"]).sort_values(["N", "dtype"], ignore_index=True)
