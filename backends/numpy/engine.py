"""numpy: one operation after another, in the arrays that are already there."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from backends import loop, protocol
from backends.driver import bind
from backends.numpy import _blocks
from backends.objective import FiniteDifferences, nearest_input
from backends.protocol import Ends, Rows
from reference import Case, Problem
from reference.objective import Objective
from reference.spec import Array, Namespace


class Analytic(Objective):
    """The problem's own formulas; a singular system has no solution, and gives NaN."""

    def solve(self, matrix: Array, vector: Array) -> Array:
        try:
            return super().solve(matrix, vector)
        except np.linalg.LinAlgError:
            lost = np.linalg.det(matrix) == 0
            return super().solve(_without(lost, matrix), _marked(lost, vector))

    def inverse_of(self, matrix: Array) -> Array:
        try:
            return super().inverse_of(matrix)
        except np.linalg.LinAlgError:
            lost = np.linalg.det(matrix) == 0
            return _marked(lost, super().inverse_of(_without(lost, matrix)))

    def eigh(self, matrix: Array) -> tuple[Array, Array]:
        lost = ~np.isfinite(matrix).all(axis=(-2, -1))
        values, vectors = super().eigh(_without(lost, matrix))
        return _marked(lost, values), _marked(lost, vectors)

    def single(self, y: Array) -> Array:
        return y.astype(np.float32)

    def numerical_inverse(self, y: Array, x: Array) -> Array:
        self.counts["inverse"] += 1
        forward = self.composition.forward
        return nearest_input(lambda z: forward(np, self.k, z), y, x).astype(x.dtype)


def _without(lost: Array, matrix: Array) -> Array:
    """The matrices, those lost replaced by one that LAPACK takes."""
    return np.where(lost[..., None, None], np.eye(matrix.shape[-1], dtype=matrix.dtype), matrix)


def _marked(lost: Array, result: Array) -> Array:
    """The results, those lost replaced by NaN."""
    return np.where(np.expand_dims(lost, tuple(range(lost.ndim - result.ndim, 0))), np.nan, result)


class Finite(FiniteDifferences, Analytic):
    """Gradients by finite differences."""


class Engine(protocol.Engine):
    """numpy on the host; see `backends.protocol.Engine`."""

    xp: Namespace = np
    NUMBERS = 2**15

    def __init__(self, device: str, dtype: str) -> None:
        self.dtype = np.dtype(dtype)

    def scope(self) -> AbstractContextManager[Any]:
        return np.errstate(all="ignore")  # divergence is a status, not a storm of warnings

    def array(self, value: Any) -> Array:
        return np.array(value, dtype=self.dtype)

    def numpy(self, x: Array) -> np.ndarray[Any, Any]:
        return np.array(x)

    def show(self, x: np.ndarray[Any, Any]) -> str:
        return str(x)

    def objective(self, problem: Problem, constants: dict[str, Any], derivatives: str) -> Objective:
        kind = {"analytic": Analytic, "finite": Finite}[derivatives]
        return kind(problem, constants, np)

    def trajectory(self, optimizer: Any, case: Case, mode: str, derivatives: str) -> Rows:
        whole = bind(self, case, derivatives)
        x = self.array(case.x0)
        s = loop.slots(optimizer, case.h, x)
        points, reached = loop.walk(loop.stepper(optimizer), case, whole, x, s, np.copy)
        return loop.rows(np.stack(points), reached, whole, self.numpy)

    def sweep(
        self,
        optimizer: Any,
        case: Case,
        derivatives: str,
        x: np.ndarray[Any, Any],
        own: Mapping[str, np.ndarray[Any, Any]],
    ) -> Ends:
        return loop.sweep(self, optimizer, case, bind(self, case, derivatives), x, own, np.copy)

    def init(self, optimizer: Any, h: Any, x: np.ndarray[Any, Any]) -> loop.State:
        own = self.array(x)
        return loop.State(own, loop.slots(optimizer, h, own), 0)

    def updating(self, optimizer: Any, h: Any) -> Callable[[loop.State, Array], loop.State]:
        own, turning = optimizer.update, loop.turning(optimizer, h)

        def update(state: loop.State, g: Array) -> loop.State:
            x, slots, t = state
            turn = turning(t + 1)
            if len(x) <= _blocks.BLOCK:
                own(h, x, g, slots, turn)
            else:
                _blocks.walk(lambda *part: own(h, *part, turn), x, g, slots)
            return loop.State(x, slots, t + 1)

        quiet: Callable[[loop.State, Array], loop.State] = np.errstate(all="ignore")(update)
        return quiet

    def wait(self, state: loop.State) -> None:
        pass
