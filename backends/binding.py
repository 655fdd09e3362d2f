"""A problem bound to an engine: its constants in the engine's arithmetic, and its minibatches."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, cast

import numpy as np

from backends.protocol import Derivatives, Engine
from reference import Case, Problem
from reference.objective import Objective


def bind(engine: Engine, case: Case, derivatives: Derivatives) -> Objective:
    """Make the case's objective in the engine's arithmetic."""
    return engine.objective(case.problem, constants(engine, case), derivatives)


def constants(engine: Engine, case: Case) -> dict[str, Any]:
    """Convert the problem's constants to the engine's arithmetic; do not change what it returns."""
    return _constants(cast(Hashable, engine), case.problem, case.parameters)


@lru_cache(maxsize=32)
def _constants(engine: Any, problem: Problem, p: Any) -> dict[str, Any]:
    def convert(value: Any) -> Any:
        return engine.array(value) if isinstance(value, (float, np.ndarray)) else value

    return {name: convert(value) for name, value in problem.constants(p).items()}


def batches(case: Case) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    """The data indices of each step, (steps, size), or None where every step uses all data."""
    if case.batch is None:
        return None
    return case.batch.indices(len(case.constants["data"]), case.steps)
