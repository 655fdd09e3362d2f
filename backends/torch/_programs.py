"""The compiled programs: a stride of steps, and an update of many parameters.

A program is compiled for a `Key` or a `Layout`, which have no number in them: learning rates,
schedules, starts and data are arguments.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count
from shutil import which
from typing import Any

import torch

from backends.coefficients import Layout
from backends.protocol import Derivatives
from reference import Problem
from reference.objective import Objective
from reference.spec import Array

COMPILERS = ("c++", "g++", "clang++", "cl")
KEPT = 128  # programs


@cache
def can_compile(device: str) -> bool:
    """Whether torch finds what its compiler needs."""
    return device != "cpu" or any(map(which, COMPILERS))


_serial = count()


def _compile(program: Any, *, dynamic: bool | None) -> Any:
    """Compile ``program`` as one graph.

    torch counts recompilations by code object, and would give up after eight different cases. Its
    cache on disk must not be used: in torch 2.13, where sizes are dynamic, so are floats, and a
    program found there may have another's literals compiled in.
    """
    program.__code__ = program.__code__.replace(co_name=f"step_{next(_serial)}")
    options = {"fx_graph_cache": False}
    return torch.compile(program, fullgraph=True, dynamic=dynamic, options=options)


@dataclass(frozen=True)
class Key:
    """All that a stride of ``length`` steps is compiled for."""

    layout: Layout
    problem: Problem
    objective: Callable[[Problem, dict[str, Any], Derivatives], Objective]
    derivatives: Derivatives
    length: int


@lru_cache(maxsize=KEPT)
def stride(key: Key) -> Any:
    """Compile some steps: (constants, x, slots, numbers, table, data) -> (points, x, slots)."""
    step, layout = key.layout.native.step, key.layout

    def program(
        k: dict[str, Any], x: Array, s: Any, packed: Array, table: Array, data: Array | None
    ) -> Any:
        objective = key.objective(key.problem, k, key.derivatives)
        points, numbers = [], packed.unbind()
        for i in range(key.length):
            f = objective if data is None else objective.restricted(data[i])
            x, s = step(layout.c(numbers, table[i].unbind()), f, x, s)
            points.append(x.clone())
        return torch.stack(points), x, s

    return _compile(program, dynamic=False)


@lru_cache(maxsize=KEPT)
def fused(layout: Layout) -> Any:
    """Compile an update in place of any number of parameters.

    (x, g, slots, numbers, row) -> (x, slots)
    """
    update = layout.native.update
    assert update is not None

    def program(x: Array, g: Array, s: Any, packed: Array, row: Array) -> Any:
        return update(layout.c(packed.unbind(), row.unbind()), x, g, s)

    return _compile(program, dynamic=None)  # the first size as a constant, which is faster
