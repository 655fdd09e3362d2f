"""The numpy engine: generated in-place code for updates, Python loops for everything else."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backends import loop, protocol
from backends.binding import bind
from backends.coefficients import Number, Schedule
from backends.native import Hyper, Native, Slots, Stepped, flat, kind_of, unflat
from backends.numpy import _blocks, _code
from backends.numpy._formula import Signature, signature
from backends.numpy._trace import trace
from backends.objective import FiniteDifferences, nearest_input
from backends.protocol import Derivatives, Ends, Execution, Rows
from backends.tracing import FlatStep, Operation, Replace
from reference import Case, Parameters, Problem
from reference.arrays import Floats, Ints, Reals
from reference.objective import Objective
from reference.spec import Array, Namespace

FEW = 4  # up to this many parameters, scalars are faster than arrays


class Analytic(Objective):
    """Derivatives by the problem's formulas; a singular system gives NaN instead of an error."""

    def solve(self, matrix: Array, vector: Array) -> Array:
        try:
            return super().solve(matrix, vector)
        except np.linalg.LinAlgError:
            mask = np.linalg.det(matrix) == 0
            return super().solve(_placeholder(mask, matrix), _nan_where(mask, vector))

    def inverse_of(self, matrix: Array) -> Array:
        try:
            return super().inverse_of(matrix)
        except np.linalg.LinAlgError:
            mask = np.linalg.det(matrix) == 0
            return _nan_where(mask, super().inverse_of(_placeholder(mask, matrix)))

    def eigh(self, matrix: Array) -> tuple[Array, Array]:
        mask = ~np.isfinite(matrix).all(axis=(-2, -1))
        values, vectors = super().eigh(_placeholder(mask, matrix))
        return _nan_where(mask, values), _nan_where(mask, vectors)

    def single(self, y: Array) -> Array:
        return y.astype(np.float32)

    def numerical_inverse(self, y: Array, x: Array) -> Array:
        self.counts["inverse"] += 1
        forward = self.composition.forward
        return nearest_input(lambda z: forward(np, self.k, z), y, x).astype(x.dtype)


def _placeholder(mask: Array, matrix: Array) -> Array:
    """Replace the matrices of a mask by the identity, which LAPACK accepts."""
    return np.where(mask[..., None, None], np.eye(matrix.shape[-1], dtype=matrix.dtype), matrix)


def _nan_where(mask: Array, result: Array) -> Array:
    """Replace the results of a mask by NaN."""
    return np.where(np.expand_dims(mask, tuple(range(mask.ndim - result.ndim, 0))), np.nan, result)


class Finite(FiniteDifferences, Analytic):
    """Gradients by finite differences."""


class NumpyState:
    """An updater's state, with its blocks, scratch arrays and numpy error settings.

    Attributes
    ----------
    x
        The parameters, (n,).
    slots
        The optimizer's slots.
    t
        The number of steps taken.
    shares
        The blocks of each thread, see `_blocks.shares`.
    block
        The arrays of the only block; empty if there are several.
    quiet
        A context in which numpy's warnings are off.
    """

    __slots__ = ("block", "quiet", "shares", "slots", "t", "x")

    def __init__(self, x: Reals, slots: Slots[Reals], temporaries: int, t: int = 0) -> None:
        arrays: list[Reals] = [_blocks.copy(array) for array in (x, *flat(slots))]
        self.x, self.slots, self.t = arrays[0], unflat(kind_of(slots), arrays[1:]), t
        self.shares = _blocks.shares(arrays, temporaries)
        self.block = self.shares[0][0][1] if len(x) <= _blocks.BLOCK else []
        self.quiet = copy_context()  # np.errstate would take longer than a small step
        self.quiet.run(np.seterr, all="ignore")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the numbers only; blocks and settings are recreated."""
        temporaries = len(self.shares[0][0][1]) - 1 - len(flat(self.slots))
        return NumpyState, (self.x, self.slots, temporaries, self.t)


class PackedCoefficients:
    """An optimizer's coefficients as the tuple of numbers that generated code takes.

    ``at(t, g)`` returns them for step t, with the norm of the gradient g where the update needs it;
    those that do not depend on t are converted once, by ``convert``.
    """

    def __init__(self, native: Native, h: Hyper, convert: Callable[[Number], Array]) -> None:
        schedule = Schedule(native, h)
        self.of: Signature = signature(native, h, schedule)
        constants = [v for n, v in schedule.constants.items() if n not in self.of.ones]
        self.constants = tuple(map(convert, constants))
        self._step, self._norm = schedule.step, native.norm
        self.at = self._at if schedule.varying or native.norm else lambda t, g: self.constants

    def _at(self, t: int, g: Reals) -> tuple[Array, ...]:
        numbers = (*self.constants, *self._step(t))
        return numbers if self._norm is None else (*numbers, self._norm(g))


@lru_cache(maxsize=64)
def _on_scalars(
    native: Native, h: Parameters, dtype: np.dtype[np.floating], count: int
) -> tuple[Callable[[int, Reals], tuple[Array, ...]], Callable[..., Stepped]]:
    """Return a step's coefficients as numpy scalars, and the update that takes them; cached."""
    numbers = PackedCoefficients(native, h, dtype.type)
    return numbers.at, _code.on_numbers(numbers.of, dtype, count)


class Engine(protocol.Engine[Reals]):
    """numpy on the host; see `backends.protocol.Engine`."""

    xp: Namespace = np
    NUMBERS = 2**15

    def __init__(self, device: str, dtype: str) -> None:
        self.dtype = np.dtype(dtype)

    def scope(self) -> AbstractContextManager[object]:
        return np.errstate(all="ignore")  # a divergence is reported as a status

    def array(self, value: ArrayLike) -> Reals:
        return np.array(value, dtype=self.dtype)

    def numpy(self, x: Reals) -> NDArray[Any]:
        return np.array(x)

    def show(self, x: Reals) -> str:
        return str(x)

    def objective(
        self, problem: Problem, constants: dict[str, Array], derivatives: Derivatives
    ) -> Objective:
        kind = {"analytic": Analytic, "finite": Finite}[derivatives]
        return kind(problem, constants, np)

    def trajectory(self, native: Native, case: Case, execution: Execution) -> Rows:
        objective, h = bind(self, case, execution.derivatives), case.hyperparameters
        x = self.array(case.start_point)
        s, step = native.slots(h, x), loop.scheduled(native, h)
        copy: Callable[[Reals], Reals] = np.ndarray.copy
        if native.update is not None and len(x) <= FEW:
            step, s, copy = self._on_numbers(native, h, x, s)
        elif native.update is not None:
            step = self._in_place(native, h, x)
        points, reached = loop.walk(step, case, objective, x, s, copy)
        path = np.concatenate(points).reshape(-1, len(x))  # np.stack takes three times as long
        return loop.rows(path, reached, objective, self.numpy)

    def sweep(
        self,
        native: Native,
        case: Case,
        derivatives: Derivatives,
        x: Floats,
        swept: Mapping[str, Floats],
        which: Ints,
    ) -> Ends:
        h = loop.of_members(case, {name: values[which] for name, values in swept.items()})
        if native.update is not None:
            step = self._in_place(native, h, x)
        else:
            step = loop.of_all(self, native, h)
        objective = bind(self, case, derivatives)
        return loop.sweep(self, native, step, case, objective, x, h, np.ndarray.copy)

    def _in_place(self, native: Native, h: Hyper, x: Reals) -> loop.Step:
        """Return a step that applies the update to x and its slots in place."""
        numbers = PackedCoefficients(native, h, self.array)
        program = _code.in_place(numbers.of, self.dtype)
        scratch = [np.empty(x.shape, self.dtype) for _ in range(program.temporaries)]

        def step(t: int, f: Objective, x: Reals, s: Slots[Reals]) -> Stepped:
            g = f.gradient(x)
            if np.may_share_memory(g, x):  # e.g. the gradient of x² / 2 is x itself
                g = g.copy()
            program.update(g, x, *flat(s), *scratch, *numbers.at(t, g))
            return x, s

        return step

    def _on_numbers(
        self, native: Native, h: Parameters, x: Reals, s: Slots[Reals]
    ) -> tuple[loop.Step, tuple[np.floating, ...], Callable[[Reals], Reals]]:
        """Return a step on numpy scalars, its initial state, and a no-op copy.

        No copy of a point is needed, because each step makes a new array.
        """
        at, update = _on_scalars(native, h, self.dtype, len(x))

        def step(t: int, f: Objective, x: Reals, s: Slots[Reals]) -> Stepped:
            g = f.gradient(x)
            return update(g, s, *at(t, g))

        state = tuple(number for array in (x, *flat(s)) for number in array)
        return step, state, lambda new: new

    def init(
        self,
        native: Native,
        h: Parameters,
        x: Floats | Reals,
        slots: Sequence[Floats | Reals] | None = None,
        t: int = 0,
    ) -> NumpyState:
        copied = self.array(x)
        given = None if slots is None else [self.array(each) for each in slots]
        program = _code.in_place(PackedCoefficients(native, h, self.array).of, self.dtype)
        kept = protocol.slots_of(native, h, copied, given)
        return NumpyState(copied, kept, program.temporaries, t)

    def updating(self, native: Native, h: Parameters) -> Callable[[NumpyState, Reals], NumpyState]:
        numbers = PackedCoefficients(native, h, self.array)
        program, at = _code.in_place(numbers.of, self.dtype).update, numbers.at
        needs_norm = native.norm is not None  # which may overflow, as a product may

        def update(state: NumpyState, g: Reals) -> NumpyState:
            x = state.x
            if type(g) is not np.ndarray or g.shape != x.shape or g.dtype is not x.dtype:
                protocol.check_alike(g, x)
            state.t += 1
            given = state.quiet.run(at, state.t, g) if needs_norm else at(state.t, g)
            if state.block:
                state.quiet.run(program, g, *state.block, *given)
            else:
                _blocks.walk(program, g, state.shares, given)
            return state

        return update

    def trace(
        self, step: FlatStep, x: Reals, arrays: tuple[Reals, ...], replace: Replace
    ) -> tuple[tuple[Reals, tuple[Reals, ...]], list[Operation]]:
        return trace(step, x, arrays, replace)

    def norm(self, g: Reals) -> Reals:
        protocol.check_array(g, np.ndarray)
        return np.asarray(np.linalg.norm(g))

    def wait(self, state: NumpyState) -> None:
        pass
