"""numpy: a formula's operations one after another, in the arrays that are already there."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from contextvars import copy_context
from typing import Any

import numpy as np

from backends import loop, protocol
from backends.driver import bind
from backends.numpy import _blocks, _formulas
from backends.objective import FiniteDifferences, nearest_input
from backends.protocol import Ends, Rows
from reference import Case, Problem
from reference.objective import Objective
from reference.spec import Array, Namespace

FEW = 4  # parameters that go faster number by number than as arrays


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


class State:
    """What `loop.State` is, with the memory and the setting that its steps use again."""

    __slots__ = ("block", "quiet", "shares", "slots", "t", "x")

    def __init__(self, x: Array, slots: Any, temporaries: int) -> None:
        arrays = [_blocks.copy(array) for array in (x, *_formulas.flat(slots))]
        self.x, self.slots, self.t = arrays[0], _formulas.alike(slots, arrays[1:]), 0
        self.shares = _blocks.shares(arrays, temporaries)
        self.block = self.shares[0][0][1] if len(x) <= _blocks.BLOCK else []  # all there is
        self.quiet = copy_context()  # to enter np.errstate would take longer than a small step
        self.quiet.run(np.seterr, all="ignore")


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
        step, copy = getattr(optimizer, "step", None), np.ndarray.copy
        if step is None and len(x) <= FEW:
            step, s, copy = self._on_numbers(optimizer, case.h, x, s)
        elif step is None:
            step = self._in_place(optimizer, case.h, x)
        points, reached = loop.walk(step, case, whole, x, s, copy)
        path = np.concatenate(points).reshape(-1, len(x))  # np.stack takes thrice as long
        return loop.rows(path, reached, whole, self.numpy)

    def sweep(
        self,
        optimizer: Any,
        case: Case,
        derivatives: str,
        x: np.ndarray[Any, Any],
        own: Mapping[str, np.ndarray[Any, Any]],
    ) -> Ends:
        step = getattr(optimizer, "step", None) or self._in_place(optimizer, case.h, x, tuple(own))
        whole = bind(self, case, derivatives)
        return loop.sweep(self, optimizer, step, case, whole, x, own, np.ndarray.copy)

    def _in_place(
        self, optimizer: Any, h: Any, x: Array, swept: tuple[str, ...] = ()
    ) -> Callable[..., Any]:
        """The step of a first-order optimizer, x and its slots changed in place."""
        update, count = _formulas.in_place(optimizer, h, self.dtype, swept)
        spare = [np.empty(x.shape, self.dtype) for _ in range(count)]

        def step(h: Any, f: Objective, x: Array, s: Any, t: int) -> Any:
            turn = _formulas.flat(loop.turning(optimizer, h)(t))
            own = (getattr(h, name) for name in swept)
            g = f.gradient(x)
            if np.may_share_memory(g, x):  # as that of x² / 2, which is x
                g = g.copy()
            update(g, x, *_formulas.flat(s), *spare, *turn, *own)
            return x, s

        return step

    def _on_numbers(self, optimizer: Any, h: Any, x: Array, s: Any) -> tuple[Any, Any, Any]:
        """The step of a first-order optimizer on numbers, the state it starts from, no copying."""
        update = _formulas.on_numbers(optimizer, h, self.dtype, len(x))
        turn = _formulas.turning(optimizer, h)

        def step(h: Any, f: Objective, x: Array, s: Any, t: int) -> Any:
            return update(f.gradient(x), s, *turn(t))

        numbers = tuple(number for array in (x, *_formulas.flat(s)) for number in array)
        return step, numbers, lambda new: new

    def init(self, optimizer: Any, h: Any, x: np.ndarray[Any, Any]) -> State:
        own = self.array(x)
        temporaries = _formulas.in_place(optimizer, h, self.dtype).temporaries
        return State(own, loop.slots(optimizer, h, own), temporaries)

    def updating(self, optimizer: Any, h: Any) -> Callable[[State, Array], State]:
        program = _formulas.in_place(optimizer, h, self.dtype).update
        turn = _formulas.turning(optimizer, h)

        def update(state: State, g: Array) -> State:
            state.t += 1
            if state.block:
                state.quiet.run(program, g, *state.block, *turn(state.t))
            else:
                _blocks.walk(program, g, state.shares, turn(state.t))
            return state

        return update

    def wait(self, state: State) -> None:
        pass
