"""Which formula is whose: frameworks' optimizers, and our hyperparameters with which they agree."""

from collections.abc import Iterable

import pandas as pd

from reports.cells import PeerCell
from reports.read.results import Results

COLUMNS = ["framework", "set to", "is our", "with", "checked against", "steps", "error / bound"]


def frame(tested: Results) -> pd.DataFrame:
    """A row for each optimizer of a framework and its settings, from the tests of peers."""
    groups: dict[tuple[str, ...], list[PeerCell]] = {}
    for cell in tested.of(PeerCell):
        if cell.outcome != "skipped" and cell.theirs:
            key = cell.peer, cell.theirs, cell.optimizer, cell.ours, _against(cell, tested)
            groups.setdefault(key, []).append(cell)
    rows = [(*key, _agreed(cells), _worst(cells)) for key, cells in sorted(groups.items())]
    return pd.DataFrame(rows, columns=COLUMNS)


def _against(cell: PeerCell, tested: Results) -> str:
    """The library itself with its version, or the file that its formula was read in."""
    if cell.source:
        return f"its formula in {cell.source}"
    name = cell.peer.split(".")[0]
    return f"{name} {tested.environment.get(name, '')}".strip()


def _agreed(cells: Iterable[PeerCell]) -> str:
    wrong = [cell for cell in cells if cell.outcome != "passed"]
    return "failed" if wrong else "passed"


def _worst(cells: Iterable[PeerCell]) -> float:
    return max((cell.ratio for cell in cells if cell.ratio is not None), default=float("nan"))
