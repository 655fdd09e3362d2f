"""Hold a cell to its bound, and keep with it the number that is furthest off."""

import mpmath
import numpy as np

from reference import truth
from reference.digits import distance
from reports.cells import Worst


def within(cell, worst):
    """Assert that the cell's ratio is at most 1; if not, keep ``worst()``, which has it."""
    if not cell.ratio <= 1:
        cell.worst = worst()
    assert cell.ratio <= 1, cell.worst


def among(parts, index="element"):
    """The worst number of named arrays, of each what was got, what is exact and what is allowed."""
    shares = {name: np.ravel(distance(*part[:2]) / part[2]) for name, part in parts.items()}
    shares = {name: np.nan_to_num(share, nan=np.inf) for name, share in shares.items()}
    name = max(shares, key=lambda name: shares[name].max(initial=0))
    at = int(shares[name].argmax())
    got, exact, allowed = (np.ravel(part)[at] for part in parts[name])
    digits = np.finfo(got.dtype).precision + 4
    return Worst(f"{name}, {index} {at}", str(got), mpmath.nstr(exact, digits), float(allowed))


def on_tape(tape, point, slots=()):
    """The worst of a tape's last parameters and slots."""
    true = truth(tape)
    slot_parts = zip(slots, true.slots, true.slots_allowed, strict=False)
    parts = {"parameters": (point, true.points[-1], true.allowed[-1])}
    return among(parts | {f"array {i} of the state": part for i, part in enumerate(slot_parts)})


def on_path(path):
    """The worst of a path's points and values before the horizon."""
    true = truth(path.case)
    rows = min(len(path.points), len(true.points))
    parts = {
        f"x{i + 1}": tuple(a[: min(rows, end), i] for a in (path.points, true.points, true.allowed))
        for i, end in enumerate(true.horizon)
    }
    rows = min(rows, *true.horizon)
    parts["value"] = tuple(a[:rows] for a in (path.values, true.values, true.values_allowed))
    return among(parts, "step")
