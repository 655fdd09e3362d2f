"""The programs of torch.compile: a stride of several steps, and an update of many parameters.

A program's static argument, a `Key` or `Layout`, holds no hyperparameters. Learning rates,
schedules, starts and data are tensors, so new values do not recompile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count
from shutil import which
from typing import TypeAlias, TypeVar

import torch
from torch import Tensor

from backends.coefficients import Layout
from backends.native import Slots, Stepped, with_norm
from backends.protocol import Derivatives
from reference import Problem
from reference.objective import Objective

COMPILERS = ("c++", "g++", "clang++", "cl")
KEPT = 128  # size of each cache of programs

T = TypeVar("T")

Constants: TypeAlias = dict[str, Tensor]
Batches: TypeAlias = Tensor | None  # the minibatch of each step, if there are any
Stride: TypeAlias = tuple[Tensor, Tensor, Slots[Tensor]]  # the points, and the last with its slots


@cache
def can_compile(device: str) -> bool:
    """Whether torch.compile can run: on a CPU it needs a C++ compiler."""
    return device != "cpu" or any(map(which, COMPILERS))


_serial = count()


def _compile(program: Callable[..., T], *, dynamic: bool | None) -> Callable[..., T]:
    """Compile ``program`` as one graph, under a unique name.

    torch limits recompilations to eight per code object, so each program gets its own. The disk
    cache is off unless sizes are static: in torch 2.13, with dynamic sizes, floats are dynamic too,
    and a cached program may contain another program's literals.
    """
    program.__code__ = program.__code__.replace(co_name=f"step_{next(_serial)}")
    options = {"fx_graph_cache": dynamic is False}
    compiled: Callable[..., T] = torch.compile(
        program, fullgraph=True, dynamic=dynamic, options=options
    )
    return compiled


@dataclass(frozen=True)
class Key:
    """The static argument of a program that takes ``length`` steps of a case."""

    layout: Layout
    problem: Problem
    objective: Callable[[Problem, Constants, Derivatives], Objective]
    derivatives: Derivatives
    length: int


@lru_cache(maxsize=KEPT)
def stride(key: Key) -> Callable[..., Stride]:
    """Compile several steps: (constants, x, slots, numbers, table, data) -> (points, x, slots).

    ``numbers`` and ``table`` are those of `backends.coefficients.Numbers`; ``data`` holds the
    minibatch of each step, or is None.
    """
    step, layout = key.layout.native.step, key.layout

    def program(
        k: Constants, x: Tensor, s: Slots[Tensor], packed: Tensor, table: Tensor, data: Batches
    ) -> Stride:
        objective = key.objective(key.problem, k, key.derivatives)
        points, numbers = [], packed.unbind()
        for i in range(key.length):
            f = objective if data is None else objective.restricted(data[i])
            x, s = step(layout.c(numbers, table[i].unbind()), f, x, s)
            points.append(x.clone())
        return torch.stack(points), x, s

    return _compile(program, dynamic=False)


@lru_cache(maxsize=KEPT)
def fused(layout: Layout) -> Callable[..., Stepped]:
    """Compile an in-place update of n parameters: (x, g, slots, fixed, row, norm) -> (x, slots).

    ``row`` holds the coefficients that depend on the step, ``fixed`` the others. ``norm`` is that
    of the gradient, of all processes, or None if the update does not need it.
    """
    update = layout.native.update
    assert update is not None

    def program(
        x: Tensor, g: Tensor, s: Slots[Tensor], fixed: Tensor, row: Tensor, norm: Tensor | None
    ) -> Stepped:
        c = layout.c(fixed.unbind(), row.unbind())
        return update(c if norm is None else with_norm(c, norm), x, g, s)

    return _compile(program, dynamic=None)  # static for the first size, which is faster
