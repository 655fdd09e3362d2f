"""The verdict on a recording."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import mpmath
import numpy as np

from backends.conformance.exact import Exact
from backends.conformance.recording import Recording
from reference import Tape
from reference.agreement import step_unit
from reference.arrays import Bools, Floats, Reals
from reference.digits import distance, float64
from reference.precision import PRECISIONS

Verdict: TypeAlias = Literal["right", "wrong", "cannot tell", "not run"]
RIGHT: Final = "right"
WRONG: Final = "wrong"
CANNOT_TELL: Final = "cannot tell"
NOT_RUN: Final = "not run"
ORDER: tuple[Verdict, ...] = (WRONG, RIGHT, CANNOT_TELL, NOT_RUN)


@dataclass(frozen=True)
class Trial:
    """A subject on one tape, in one dtype and on one path.

    Attributes
    ----------
    verdict
        "right", "wrong", "cannot tell" or "not run".
    tape, dtype, path
        The tape's name, the precision, and the way in which steps were computed.
    run
        The tape itself: start, gradients and hyperparameters; of copies side by side, one.
    why
        In words, for all but "right".
    ratio
        The largest error as a multiple of its bound; NaN where nothing was compared.
    step, coordinate
        For "wrong" the first step that is, and its coordinate furthest off; else where ``ratio``
        is largest. None where nothing was compared.
    got, exact, ulps, of
        The parameter there, what it must be, the error in units in the last place, and the
        parameter's dtype, of which a tape may have two.
    compared
        The last step that was compared; later ones are chaotic, or may overflow.
    notes
        What the subject did besides.
    points
        (rows, d) parameters after 0, 1, 2, ... steps, as far as it came; of copies, the worst one.
    raised
        Whether the subject's own code raised.
    """

    verdict: Verdict
    tape: str
    dtype: str
    path: str
    run: Tape
    why: str = ""
    ratio: float = float("nan")
    step: int | None = None
    coordinate: int | None = None
    got: float | None = None
    exact: str = ""
    ulps: float = float("nan")
    of: str = ""
    compared: int = 0
    notes: tuple[str, ...] = ()
    points: Reals | None = None
    raised: bool = False


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the first of `ORDER` that is among the verdicts; "not run" if none is."""
    found = set(verdicts)
    return next((each for each in ORDER if each in found), NOT_RUN)


def judged(
    recording: Recording, true: Exact, tape: str, path: str, run: Tape, unproven: bool = False
) -> Trial:
    """Return the verdict on what a subject did on a tape.

    ``unproven`` says that the subject never came to the end of a tape on this path and in this
    dtype: what it raises then says that it cannot be run so, and not that it is wrong.
    """
    about = {"tape": tape, "dtype": run.dtype, "path": path, "run": run}
    about |= {"notes": tuple(recording.notes), "raised": recording.raised}
    refused = unproven and recording.stopped and not recording.misbehaved
    if not recording.rows or recording.unsupported or refused:
        return Trial(NOT_RUN, why=recording.stopped, **about)  # type: ignore[arg-type]
    points = _worst_copy(recording.points, true)
    rows = len(points)
    compared = np.arange(rows)[:, None] < true.horizon
    ratios = _ratios(points, true, compared)
    about |= {
        "points": points,
        "compared": int(np.flatnonzero(compared.any(axis=1)).max(initial=0)),
    }
    step, coordinate = _place(ratios)
    about |= _at(points, true, step, coordinate)
    about["ratio"] = float(ratios.max())
    verdict, why = _decided(recording, true, ratios, compared)
    if why and why == recording.stopped:
        about |= {"step": rows, "coordinate": None, "got": None, "exact": ""}
    return Trial(verdict, why=why, **about)  # type: ignore[arg-type]


def _decided(
    recording: Recording, true: Exact, ratios: Floats, compared: Bools
) -> tuple[Verdict, str]:
    if ratios.max() > 1:
        return WRONG, "it leaves the path"
    if recording.stopped:
        return WRONG, recording.stopped
    if not compared[1:].any() and true.overflow:
        return CANNOT_TELL, f"overflow: rounding alone may lead there in step {true.overflow}"
    if not compared[1:].any():
        return CANNOT_TELL, "chaotic: rounding alone may lead anywhere from the first step on"
    if _hidden(true, compared):
        return CANNOT_TELL, "rounding hides the steps: standing still would be within the bound"
    return RIGHT, ""


def _hidden(true: Exact, compared: Bools) -> bool:
    """Whether the exact path moves, and nowhere by more than the bound."""
    rows = len(compared)
    moved = distance(true.points[:rows], true.points[:1])
    return bool(moved.any() and not (compared & (moved > true.allowed[:rows])).any())


def _worst_copy(points: Reals, true: Exact) -> Reals:
    """Return of copies side by side, (rows, copies d), the one that is furthest off, (rows, d)."""
    rows, d = len(points), true.points.shape[1]
    if points.shape[1] == d:
        return points
    copies = points.reshape(rows, -1, d)
    compared = (np.arange(rows)[:, None] < true.horizon)[:, None]
    ratios = _shares(copies, true.points[:rows, None], true.allowed[:rows, None], compared)
    return np.ascontiguousarray(copies[:, ratios.max(axis=(0, 2)).argmax()])


def _ratios(points: Reals, true: Exact, compared: Bools) -> Floats:
    rows = len(points)
    return _shares(points, true.points[:rows], true.allowed[:rows], compared)


def _shares(points: Reals, exact: object, allowed: Floats, compared: Bools) -> Floats:
    """Return errors as multiples of their bounds; 0 where nothing is compared."""
    with np.errstate(all="ignore"):
        found = distance(points, exact) / allowed
    return np.where(compared, np.where(np.isfinite(found), found, np.inf), 0.0)


def _place(ratios: Floats) -> tuple[int, int]:
    """Return the first step that is wrong, or else the worst; and its worst coordinate."""
    worst = ratios.max(axis=1)
    wrong = np.flatnonzero(worst > 1)
    step = int(wrong[0]) if len(wrong) else int(worst.argmax())
    return step, int(ratios[step].argmax())


def _at(points: Reals, true: Exact, step: int, coordinate: int) -> dict[str, object]:
    rows, dtype = true.points[: len(points)], true.dtypes[coordinate]
    place = slice(coordinate, coordinate + 1)
    error = distance(points[step, place], rows[step, place])
    unit = step_unit(rows[:, place], dtype)[step]
    digits = int((PRECISIONS[dtype].bits - 1) * np.log10(2)) + 4
    return {
        "step": step,
        "coordinate": coordinate,
        "of": dtype,
        "got": float(points[step, coordinate]),
        "exact": str(mpmath.nstr(rows[step, coordinate], digits)),
        "ulps": float((error / unit)[0]),
    }


def moved(exact: Exact, other: Exact) -> float:
    """Return how far apart two truths are, as a multiple of the larger bound of each number."""
    rows = min(len(exact.points), len(other.points))
    compared = np.arange(rows)[:, None] < np.minimum(exact.horizon, other.horizon)
    with np.errstate(all="ignore"):
        apart = distance(float64(exact.points[:rows]), other.points[:rows])
        found = apart / np.maximum(exact.allowed[:rows], other.allowed[:rows])
    return float(np.max(np.where(compared & np.isfinite(found), found, 0.0), initial=0.0))
