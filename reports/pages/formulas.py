"""Which formula is whose: frameworks' optimizers, and our hyperparameters with which they agree."""

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from reports.cells import PeerCell
from reports.pages.grids import short
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
    """Whether the steps are the same; where they are known to differ, how, and what else passed."""
    if any(cell.outcome != "passed" for cell in cells):
        return "failed"
    strays = dict.fromkeys(
        f"in {c.dtype} on {c.target.split(':')[0]}: {c.strays}" for c in cells if c.strays
    )
    if not strays:
        return "passed"
    kept = [cell for cell in cells if not cell.strays]
    passed = [f"elsewhere passed, {short(_worst(kept))} of the bound"] if kept else []
    return f"differs (known) {'; '.join([*strays, *passed])}"


def _worst(cells: Iterable[PeerCell]) -> float:
    """The largest share of the bound; NaN if one is not known."""
    shares = [math.nan if cell.ratio is None else cell.ratio for cell in cells]
    return max(shares, key=lambda share: (math.isnan(share), share))
