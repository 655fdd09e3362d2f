"""What the check finds of planted mistakes, and what it says of right variants."""

from collections.abc import Iterable

import pandas as pd

from backends.conformance import KINDS
from reports.cells import PlantedCell
from reports.read.results import Results
from reports.words import counted

CHECK = "this check"
KINDS_OF_CODE = {  # what is planted, by the backend that has the same framework
    "numpy": "a function of numpy arrays",
    "torch": "a torch.optim.Optimizer",
    "jax": "a transformation of optax",
}


def _mistakes(tested: Results) -> list[PlantedCell]:
    return [cell for cell in tested.of(PlantedCell) if cell.wrong and cell.outcome != "skipped"]


def _variants(tested: Results) -> list[PlantedCell]:
    return [cell for cell in tested.of(PlantedCell) if not cell.wrong and cell.outcome != "skipped"]


def headline(tested: Results) -> str:
    """Say how many mistakes are found, and how often a right variant is called wrong."""
    mistakes, variants = _mistakes(tested), _variants(tested)
    if not mistakes:
        return ""
    found = f"{_found(mistakes)} of {counted(len(mistakes), 'planted mistake')} are found"
    return f"{found}, and {_found(variants)} of {counted(len(variants), 'right variant')} raise an \
alarm"


def _found(cells: Iterable[PlantedCell]) -> int:
    return sum(bool(cell.tapes) for cell in cells)


def mistakes(tested: Results) -> pd.DataFrame:
    """Return a row for every planted mistake: where it happened, and what sees it."""
    rows = [
        (
            cell.wrong,
            cell.optimizer,
            _code(cell),
            cell.source,
            "✓" if cell.tapes else "✗",
            ", ".join(cell.tapes),
            ", ".join(cell.criteria) or "none",
        )
        for cell in _mistakes(tested)
    ]
    names = [
        "mistake",
        "optimizer",
        "planted in",
        "happened in",
        "found",
        "on the tapes",
        "usual criteria that see it",
    ]
    return pd.DataFrame(rows, columns=names)


def _code(cell: PlantedCell) -> str:
    backend = cell.target.split(":")[0]
    return KINDS_OF_CODE.get(backend, backend)


def tapes(tested: Results) -> pd.DataFrame:
    """Return a row for every tape: how many mistakes it finds, first, and alone; and its purpose.

    A tape that finds nothing alone is there for its class of mistakes.
    """
    cells = _mistakes(tested)
    rows = [
        (
            name,
            sum(name in cell.tapes for cell in cells),
            sum(cell.tapes[:1] == [name] for cell in cells),
            sum(cell.tapes == [name] for cell in cells),
            "; ".join(cell.planted for cell in cells if cell.tapes == [name]),
            kind.finds,
        )
        for name, kind in KINDS.items()
    ]
    columns = ["tape", "finds", "first", "alone", "which", "is there for"]
    return pd.DataFrame(rows if cells else [], columns=columns)


def criteria(tested: Results) -> pd.DataFrame:
    """Return a row for every criterion: what it sees of the mistakes, and of right variants."""
    mistakes, variants = _mistakes(tested), _variants(tested)
    names = dict.fromkeys(each for cell in mistakes for each in cell.tried)
    found = (_found(mistakes), len(mistakes), _found(variants), len(variants))
    rows = [
        (CHECK, *found),
        *((name, *_seen(name, mistakes), *_seen(name, variants)) for name in names),
    ]
    columns = ["criterion", "mistakes seen", "of", "right variants refused", "of them"]
    return pd.DataFrame(rows if mistakes else [], columns=columns)


def _seen(criterion: str, cells: Iterable[PlantedCell]) -> tuple[int | str, int]:
    """Return how many cells a criterion refuses, if it was tried, and of how many it was asked."""
    tried = [cell for cell in cells if criterion in cell.tried]
    refused = sum(criterion in cell.criteria for cell in tried)
    return refused if tried else "not tried", len(tried)
