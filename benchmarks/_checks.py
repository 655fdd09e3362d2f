"""Whether what was measured is right: the checks without which no number is published."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

import backends
import reference
from benchmarks._grid import known
from reference.digits import distance
from reference.objective import Objective
from reference.truth import Agreement, compare, truth


class Wrong(AssertionError):
    """A benchmark's run gave a wrong answer; its number must not be published."""


def case_called(name: str) -> reference.Case:
    """The measured commit's case of that id."""
    found: reference.Case = known(getattr(reference, "CASES", {}), name)
    return found


def check_ratio(what: str, ratio: float) -> None:
    """Raise `Wrong` unless an error is at most the error allowed; NaN is not."""
    if not ratio <= 1:
        raise Wrong(f"{what}: {ratio:.3g} times as far off as rounding explains")


def check_path(path: backends.Path) -> Agreement:
    """Raise `Wrong` unless ``path`` follows the truth as far as its horizon, and ends rightly."""
    what = f"{path.case.optimizer} on {path.target}, {path.mode}"
    agreement = compare(path.case, path.points, path.values)
    check_ratio(what, agreement.ratio)
    if path.case.stop is not None:
        _check_end(what, path)
    elif not path.steps == path.case.steps == agreement.rows - 1:
        raise Wrong(f"{what}: {path.steps} steps, of which {agreement.rows - 1} can be checked")
    return agreement


def _check_end(what: str, path: backends.Path) -> None:
    """Two runs that stop by one rule are at most a step apart, and the rule bounds that step."""
    f, steps, end = _stopped(path.case)
    near = path.case.stop.reached(np, f, end, path.points[-1].astype(np.float64))
    if path.status != "converged" or abs(path.steps - steps) > 1 or not near:
        raise Wrong(f"{what}: {path.status} after {path.steps} steps; right: {steps} steps")


@cache
def _stopped(case: reference.Case) -> tuple[Objective, int, Any]:
    """Run the specification in float64 until it stops: the objective, the steps and the end.

    Data by the thousand let 50 digits take a step or two, so the truth cannot tell.
    """
    f = Objective(case.objective, dict(case.objective.constants(case.p)), np)
    x = case.x0
    s = case.spec.init(x, case.h)
    for t in range(1, case.steps + 1):
        old, (x, s) = x, case.spec.step(f, case.h, x, s)
        if case.stop.reached(np, f, old, x):
            return f, t, x
    raise Wrong(f"{case.optimizer}: the specification does not stop, so no stop can be checked")


def check_members(swept: Any) -> None:
    """Raise `Wrong` unless the first, the middle and the last start of a sweep end rightly."""
    for i in {0, len(swept.starts) // 2, len(swept.starts) - 1}:
        true = truth(replace(swept.case, start=swept.starts[i]))
        if true.horizon.min() <= swept.case.steps:
            raise Wrong(f"start {i}: the truth does not reach the end, so it cannot be checked")
        off = distance(swept.points[i].astype(np.float64), true.points[-1])
        check_ratio(f"start {i}", np.max(off / true.allowed[-1]))


def end_of(optimizer: str, x0: Any, tape: Any) -> tuple[Any, Any]:
    """Where the gradients in the rows of ``tape`` lead from ``x0``: the truth, the error allowed.

    They are given to a problem as its data, and drawn one by one.
    """
    once = reference.Batch(size=1)
    data = np.empty(tape.shape)
    data[once.indices(len(tape), len(tape))[:, 0]] = tape
    problem = reference.Problem(
        title="Given gradients",
        cites=(),
        value=lambda xp, k, x: 0 * x[..., 0],
        gradient=lambda xp, k, x: k.data[0],
        start=lambda p: x0.tolist(),
        constants=lambda p: {"data": data},
    )
    case = reference.Case(optimizer, problem, steps=len(tape), dtype=x0.dtype.name, batch=once)
    true = truth(case, budget=len(tape) ** 2)
    if len(true.points) != len(tape) + 1:
        raise Wrong(f"{optimizer}: the truth has {len(true.points) - 1} of {len(tape)} steps")
    return true.points[-1], true.allowed[-1]
