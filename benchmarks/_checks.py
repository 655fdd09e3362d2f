"""Whether what was measured is right: the checks without which no number is published."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

import reference
from benchmarks._grid import known
from benchmarks._older import compare, specified, start_of, take, truth
from reference.digits import distance
from reference.objective import Objective


class Wrong(AssertionError):
    """A benchmark's run gave a wrong answer; its number must not be published."""


def case_called(name: str) -> reference.Case:
    """The measured commit's case of that id."""
    found: reference.Case = known(getattr(reference, "CASES", {}), name)
    return found


def check_ratio(what: str, ratio: float) -> float:
    """Return an error as a share of the error allowed; raise `Wrong` above 1, or for NaN."""
    if not ratio <= 1:
        raise Wrong(f"{what}: {ratio:.3g} times as far off as rounding explains")
    return ratio


def check_path(path: Any) -> Any:
    """Raise `Wrong` unless ``path`` follows the truth as far as its horizon, and ends rightly."""
    what = f"{path.case.optimizer} on {path.target}, {path.mode}"
    agreement = compare(path)
    check_ratio(what, agreement.ratio)
    if path.case.stop is not None:
        _check_end(what, path, path.case.stop)
    elif not path.steps == path.case.steps == agreement.rows - 1:
        raise Wrong(f"{what}: {path.steps} steps, of which {agreement.rows - 1} can be checked")
    return agreement


def _check_end(what: str, path: Any, stop: Any) -> None:
    """Two runs that stop by one rule are at most a step apart, and the rule bounds that step."""
    f, steps, end = _stopped(path.case, stop)
    near = stop.reached(np, f, end, path.points[-1].astype(np.float64))
    if path.status != "converged" or abs(path.steps - steps) > 1 or not near:
        raise Wrong(f"{what}: {path.status} after {path.steps} steps; right: {steps} steps")


@cache
def _stopped(case: reference.Case, stop: Any) -> tuple[Objective, int, Any]:
    """Run the specification in float64 until it stops: the objective, the steps and the end.

    Data by the thousand let 50 digits take a step or two, so the truth cannot tell.
    """
    f, h = specified(case)
    x = start_of(case)
    s = case.spec.init(x, h)
    for t in range(1, case.steps + 1):
        old, (x, s) = x, take(case.spec, f, h, x, s, t)
        if stop.reached(np, f, old, x):
            return f, t, x
    raise Wrong(f"{case.optimizer}: the specification does not stop, so no stop can be checked")


def check_end(what: str, case: reference.Case, point: Any) -> float:
    """Return the share of the allowed error at a run's end, (d,); raise `Wrong` above 1."""
    true = truth(case)
    if true.horizon.min() <= case.steps:
        raise Wrong(f"{what}: the truth does not reach the end, so it cannot be checked")
    off = distance(np.asarray(point, np.float64), true.points[-1])
    return check_ratio(what, float(np.max(off / true.allowed[-1])))


def checked_members(starts: Any) -> list[int]:
    """Which of a sweep's starts are checked: the first, the middle and the last."""
    return sorted({0, len(starts) // 2, len(starts) - 1})


def check_members(case: reference.Case, starts: Any, points: Any) -> float:
    """Return the largest share of the allowed error of a sweep's ends; raise `Wrong` above 1.

    ``starts`` is (S, d), ``points`` the ends of those that `checked_members` names, (checked, d).
    """
    members = zip(checked_members(starts), points, strict=True)
    return max(
        check_end(f"start {i}", replace(case, start=starts[i]), point) for i, point in members
    )
