"""Numbers that one process computes for all parameter sets, and asv then asks for one by one."""

import traceback
from collections.abc import Callable
from typing import TypeAlias

from benchmarks._checks import Wrong

Cells: TypeAlias = dict[tuple[str, ...], float | Exception]


def attempt(measure: Callable[..., float], *cell: str) -> float | Exception:
    """The number of one parameter set, or why there is none; in a form that can be pickled."""
    try:
        return measure(*cell)
    except NotImplementedError as why:
        return NotImplementedError(str(why))
    except Exception:
        return Wrong(traceback.format_exc())


def value(cells: Cells, *cell: str) -> float:
    """Return the number, or raise why there is none."""
    found = cells[cell]
    if isinstance(found, Exception):
        raise found
    return found
