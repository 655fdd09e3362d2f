"""A case's objective on an engine: the problem's constants converted, and the minibatches."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, cast

import numpy as np

from backends.protocol import Derivatives, Engine
from reference import Case, Parameters, Problem
from reference.arrays import Ints
from reference.objective import Objective
from reference.spec import Array, Constant


def bind(engine: Engine[Array], case: Case, derivatives: Derivatives) -> Objective:
    """Make the case's objective on the engine."""
    return engine.objective(case.problem, constants(engine, case), derivatives)


def constants(engine: Engine[Array], case: Case) -> dict[str, Array]:
    """Return the problem's constants as the engine's arrays; cached, so do not modify them."""
    return _constants(cast(Hashable, engine), case.problem, case.parameters)


@lru_cache(maxsize=32)
def _constants(engine: Any, problem: Problem, p: Parameters) -> dict[str, Array]:
    def convert(value: Constant) -> Array:
        return engine.array(value) if isinstance(value, (float, np.ndarray)) else value

    return {name: convert(value) for name, value in problem.constants(p).items()}


def batches(case: Case) -> Ints | None:
    """Return the data indices of each step, (steps, size), or None without minibatches."""
    if case.batch is None:
        return None
    return case.batch.indices(case.population, case.steps)
