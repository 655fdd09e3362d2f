"""Which formula is whose: frameworks' optimizers, and our hyperparameters with which they agree."""

from collections.abc import Iterable, Sequence

import pandas as pd

from reports.cells import PeerCell
from reports.read.results import Results

COLUMNS = ["framework", "set to", "is our", "with", "checked against", "steps", "error / bound"]


def frame(tested: Results) -> pd.DataFrame:
    """A row for each optimizer of a framework and its settings, from the tests of peers."""
    groups: dict[tuple[str, ...], list[PeerCell]] = {}
    for cell in tested.of(PeerCell):
        if cell.outcome != "skipped" and cell.theirs:
            key = cell.peer, cell.theirs, cell.optimizer, cell.ours, cell.source
            groups.setdefault(key, []).append(cell)
    rows = [
        (*key[:-1], _against(cells, tested), _agreed(cells), _worst(cells))
        for key, cells in sorted(groups.items())
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _against(cells: Sequence[PeerCell], tested: Results) -> str:
    """The library itself with its version, and its backends if it has several; or its formula."""
    if cells[0].source:
        return f"its formula in {cells[0].source}"
    name = cells[0].peer.split(".")[0]
    words = f"run: {name} {tested.environment.get(name, '')}".strip()
    backends = sorted({cell.target.split(":")[0] for cell in cells})
    return f"{words} on {' and '.join(backends)}" if len(backends) > 1 else words


def _agreed(cells: Sequence[PeerCell]) -> str:
    if any(cell.outcome != "passed" for cell in cells):
        return "failed"
    strays = dict.fromkeys(
        f"strays in {c.dtype} on {c.target.split(':')[0]}: {c.strays}" for c in cells if c.strays
    )
    kept = ["passed"] if any(not cell.strays for cell in cells) else []
    return "; ".join([*kept, *strays])


def _worst(cells: Iterable[PeerCell]) -> float:
    return max((cell.ratio for cell in cells if cell.ratio is not None), default=float("nan"))
