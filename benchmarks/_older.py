"""The truth by the measured commit's own words: those from before `reference.Tape` had others."""

from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

import backends
import reference
from reference.objective import Objective


def truth(case: reference.Case) -> Any:
    """`reference.truth` of a case."""
    if hasattr(reference, "Tape"):
        return reference.truth(case)
    return import_module("reference.truth").truth(case)


def compare(path: Any) -> Any:
    """`reference.compare` of a path."""
    if hasattr(reference, "Tape"):
        return reference.compare(path)
    return import_module("reference.truth").compare(path.case, path.points, path.values)


def start_of(case: Any) -> Any:
    """`Case.start_point`."""
    return case.start_point if hasattr(case, "start_point") else case.x0


def specified(case: Any) -> tuple[Objective, Any]:
    """The case's objective in numpy's float64, and its hyperparameters."""
    if hasattr(case, "hyperparameters"):
        return Objective(case.problem, dict(case.constants), np), case.hyperparameters
    return Objective(case.objective, dict(case.objective.constants(case.p)), np), case.h


def take(spec: Any, f: Any, h: Any, x: Any, state: Any, t: int) -> Any:
    """Step ``t`` of a specification, with what stands beside its formula."""
    if hasattr(reference, "schedules"):
        return import_module("reference.first_order").take(spec, f, h, x, state, t)
    return spec.step(f, h, x, state)


class _OldTruth(NamedTuple):
    points: Any
    allowed: Any

    def ratio(self, point: Any, step: int) -> float:
        from reference.digits import distance

        off = distance(np.asarray(point, np.float64), self.points[step])
        return float(np.max(off / self.allowed[step]))


def tape_of(optimizer: str, x0: Any, gradients: Any, hyper: dict[str, Any], dtype: str) -> Any:
    """Where gradients (steps, n) lead from ``x0``: the truth, with ``ratio(point, step)``."""
    key = optimizer, x0.tobytes(), gradients.tobytes(), gradients.shape
    return _truth(key, tuple(sorted(hyper.items())), dtype)


@lru_cache(maxsize=64)
def _truth(key: Any, hyper: Any, dtype: str) -> Any:
    optimizer, start, rows, shape = key
    x0 = np.frombuffer(start, dtype)
    gradients = np.frombuffer(rows, dtype).reshape(shape)
    if hasattr(reference, "Tape"):
        return reference.truth(reference.Tape(optimizer, x0, gradients, dict(hyper), dtype))
    return _by_data(optimizer, x0, gradients, dict(hyper), dtype)


def _by_data(optimizer: str, x0: Any, gradients: Any, hyper: Any, dtype: str) -> _OldTruth:
    """Gradients given to a problem as its data, and drawn one by one."""
    once = reference.Batch(size=1)
    data = np.empty(gradients.shape)
    data[once.indices(len(gradients), len(gradients))[:, 0]] = gradients
    problem = reference.Problem(
        title="Given gradients",
        cites=(),
        value=lambda xp, k, x: 0 * x[..., 0],
        gradient=lambda xp, k, x: k.data[0],
        start=lambda p: x0.tolist(),
        constants=lambda p: {"data": data},
    )
    options = {"hyper": hyper, "steps": len(gradients), "dtype": dtype, "batch": once}
    case = reference.Case(optimizer, problem, **options)
    true = import_module("reference.truth").truth(case, budget=len(gradients) ** 2)
    return _OldTruth(true.points, true.allowed)


def printed(target: str) -> dict[str, str]:
    """The texts of the goldens that a target reproduces, as the measured commit prints them."""
    if not hasattr(reference, "GOLDENS"):
        return {}
    runner = vars(backends).get("TargetRunner") or vars(backends)["Laboratory"]
    goldens = {
        i: g for i, g in reference.GOLDENS.items() if target.split(":")[0] in g.reproduced_by
    }
    found = {}
    for name, golden in goldens.items():
        with suppress(Exception):  # which is no text either
            found[name] = golden.text(runner(target, "eager", golden.derivatives))
    return found
