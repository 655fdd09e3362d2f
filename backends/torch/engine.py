"""torch: tensors updated in place, one operation after another or a step compiled."""

import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cache
from itertools import count
from shutil import which
from typing import Any

import numpy as np
import torch

from backends import loop, protocol
from backends.driver import bind
from backends.objective import FiniteDifferences, nearest_input
from backends.protocol import Ends, Rows, Unsupported
from reference import Case, Problem
from reference.objective import Constants, Objective
from reference.spec import Array, Namespace

COMPILERS = ("c++", "g++", "clang++", "cl")
STRIDE = 10  # first-order steps compiled as one: a call costs as much as many small steps
SLOWER = (
    "updates of many parameters take an operation after another, up to eight times slower than "
    f"compiled: none of the C++ compilers {', '.join(COMPILERS)} is on the PATH"
)
FUSED = 2**18  # from so many parameters on, one compiled pass beats an operation after another


class Analytic(Objective):
    """The problem's own formulas; a singular system gives numbers that are not finite."""

    def solve(self, matrix: Array, vector: Array) -> Array:
        self.counts["solve"] += 1
        if vector.shape[-1] == 1:
            return vector / matrix[..., 0]
        return torch.linalg.solve_ex(matrix, vector[..., None])[0][..., 0]

    def inverse_of(self, matrix: Array) -> Array:
        self.counts["solve"] += 1
        return torch.linalg.inv_ex(matrix)[0]

    def eigh(self, matrix: Array) -> tuple[Array, Array]:
        if torch.compiler.is_compiling():
            return super().eigh(matrix)
        finite = matrix.isfinite().all(-1, keepdim=True).all(-2, keepdim=True)
        values, vectors = super().eigh(torch.where(finite, matrix, 0))
        lost = torch.where(finite, 0, torch.nan)
        return values + lost[..., 0], vectors + lost

    def single(self, y: Array) -> Array:
        return y.float()

    def numerical_inverse(self, y: Array, x: Array) -> Array:
        """The inverse found by scipy, on the host."""
        self.counts["inverse"] += 1
        forward = self.composition.forward
        k = {n: v.numpy(force=True) if hasattr(v, "numpy") else v for n, v in vars(self.k).items()}
        bound = Constants(k)
        found = nearest_input(
            lambda z: forward(np, bound, z), y.numpy(force=True), x.numpy(force=True)
        )
        return torch.from_numpy(found).to(x)


class Autodiff(Analytic):
    """The derivatives that torch finds."""

    def gradient(self, x: Array) -> Array:
        self.counts["gradient"] += 1
        if torch.compiler.is_compiling():
            return self._derived(torch.func.grad, self.problem.value, x)
        with torch.enable_grad():  # the same operations, without torch.func's overhead
            at = x.detach().requires_grad_()
            value = self.problem.value(torch, self.k, at)
            (found,) = torch.autograd.grad(value if x.dim() == 1 else value.sum(), at)
        return found

    def hessian(self, x: Array) -> Array:
        self.counts["hessian"] += 1
        return self._derived(torch.func.hessian, self.problem.value, x)

    def outer_gradient(self, y: Array) -> Array:
        self.counts["gradient"] += 1
        return self._derived(torch.func.grad, self.composition.loss, y)

    def outer_hessian(self, y: Array) -> Array:
        self.counts["hessian"] += 1
        return self._derived(torch.func.hessian, self.composition.loss, y)

    def jacobian(self, x: Array) -> Array:
        return self._derived(torch.func.jacrev, self.composition.forward, x)

    def _derived(self, derivative: Any, function: Any, x: Array) -> Array:
        """The derivative at one point (d,), or at each of many (M, d)."""
        found = derivative(lambda z: function(torch, self.k, z))
        return (found if x.dim() == 1 else torch.vmap(found))(x)


class Finite(FiniteDifferences, Analytic):
    """Gradients by finite differences."""


class Engine(protocol.Engine):
    """torch on a CPU or a CUDA device; see `backends.protocol.Engine`."""

    xp: Namespace = torch
    NUMBERS = 2**18

    def __init__(self, device: str, dtype: str) -> None:
        self.device = torch.device(device)
        self.dtype = getattr(torch, dtype)

    def scope(self) -> AbstractContextManager[Any]:
        quiet: AbstractContextManager[Any] = torch.no_grad()
        return quiet

    def array(self, value: Any) -> Array:
        return torch.tensor(np.asarray(value), dtype=self.dtype, device=self.device)

    def numpy(self, x: Array) -> np.ndarray[Any, Any]:
        return np.array(x.numpy(force=True))

    def show(self, x: np.ndarray[Any, Any]) -> str:
        return str(self.array(x))

    def objective(self, problem: Problem, constants: dict[str, Any], derivatives: str) -> Objective:
        kind = {"autodiff": Autodiff, "analytic": Analytic, "finite": Finite}[derivatives]
        return kind(problem, constants, torch)

    def trajectory(self, optimizer: Any, case: Case, mode: str, derivatives: str) -> Rows:
        whole = bind(self, case, derivatives)
        x = self.array(case.x0)
        s = loop.slots(optimizer, case.h, x)
        if mode == "compiled":
            points, reached = self._compiled(optimizer, case, derivatives, whole, x, s)
        else:
            step = loop.stepper(optimizer)
            points, reached = loop.walk(step, case, whole, x, s, torch.clone)
        return loop.rows(torch.stack(points), reached, whole, self.numpy)

    def sweep(
        self,
        optimizer: Any,
        case: Case,
        derivatives: str,
        x: np.ndarray[Any, Any],
        own: Mapping[str, np.ndarray[Any, Any]],
    ) -> Ends:
        whole = bind(self, case, derivatives)
        step = loop.stepper(optimizer)
        return loop.sweep(self, optimizer, step, case, whole, x, own, torch.clone)

    def _compiled(
        self, optimizer: Any, case: Case, derivatives: str, whole: Objective, x: Array, s: Any
    ) -> tuple[list[Array], Any]:
        """Walk in strides of compiled steps; what the last one takes too many is dropped."""
        if not _can_compile(self.device.type):
            raise Unsupported("torch.compile needs a C++ compiler, and none is on the PATH")
        if case.spec.tolerance(case.h):
            raise Unsupported("torch.compile cannot hold scipy's L-BFGS-B; use mode='eager'")
        length = STRIDE if case.spec.first_order else 1
        program = _compiled(self, optimizer, case.objective, case.h, derivatives, length)
        drawn = loop.batches(case)
        points, reached = [x.clone()], np.zeros(case.steps, dtype=bool)
        for start in range(0, case.steps, length):
            turns = np.minimum(np.arange(start, start + length), case.steps - 1)
            data = None if drawn is None else whole.k.data[drawn[turns]]
            stride, x, s = program(vars(whole.k), x, s, self.array(turns + 1), data)
            for t, point in enumerate(stride.unbind()[: case.steps - start], start):
                points.append(point)
                if case.stop is not None and case.stop.reached(torch, whole, points[-2], point):
                    reached[t] = True
                    return points, reached
        return points, reached

    def init(self, optimizer: Any, h: Any, x: np.ndarray[Any, Any]) -> loop.State:
        if len(x) >= FUSED and not _can_compile(self.device.type):
            warnings.warn(SLOWER, RuntimeWarning, stacklevel=3)
        own = self.array(x)
        return loop.State(own, loop.slots(optimizer, h, own), 0)

    def updating(self, optimizer: Any, h: Any) -> Callable[[loop.State, Array], loop.State]:
        own, turning = optimizer.update, loop.turning(optimizer, h)
        can_compile = _can_compile(self.device.type)

        def update(state: loop.State, g: Array) -> loop.State:
            x, slots, t = state
            turn = turning(t + 1)
            if can_compile and len(x) >= FUSED:
                there = torch.tensor(turn, dtype=self.dtype).to(self.device, non_blocking=True)
                x, slots = _fused(optimizer, h)(x, g, slots, there)
            else:
                x, slots = own(h, x, g, slots, turn)
            return loop.State(x, slots, t + 1)

        quiet: Callable[[loop.State, Array], loop.State] = torch.no_grad()(update)
        return quiet

    def wait(self, state: loop.State) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Engine) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.device, self.dtype))


@cache
def _can_compile(device: str) -> bool:
    return device != "cpu" or any(map(which, COMPILERS))


_serial = count()


def _compile(program: Any, *, dynamic: bool | None) -> Any:
    """Compile ``program`` as one graph.

    torch counts recompilations by code object, and would give up after eight different cases. Its
    cache on disk must not be used: in torch 2.13, where sizes are dynamic, so are floats, and a
    program found there may have another's hyperparameters compiled in.
    """
    program.__code__ = program.__code__.replace(co_name=f"step_{next(_serial)}")
    options = {"fx_graph_cache": False}
    return torch.compile(program, fullgraph=True, dynamic=dynamic, options=options)


@cache
def _compiled(
    engine: Engine, optimizer: Any, problem: Problem, h: Any, derivatives: str, length: int
) -> Any:
    """Compile ``length`` steps: (constants, x, slots, turns, data) -> (points, x, slots)."""
    step = loop.stepper(optimizer)

    def program(k: dict[str, Any], x: Array, s: Any, turns: Array, data: Array | None) -> Any:
        whole = engine.objective(problem, k, derivatives)
        points = []
        for i in range(length):
            f = whole if data is None else whole.restricted(data[i])
            x, s = step(h, f, x, s, turns[i])
            points.append(x.clone())
        return torch.stack(points), x, s

    return _compile(program, dynamic=False)


@cache
def _fused(optimizer: Any, h: Any) -> Any:
    """Compile an update in place of any number of parameters: (x, g, slots, turn) -> (x, slots)."""

    def program(x: Array, g: Array, s: Any, turn: Array) -> Any:
        return optimizer.update(h, x, g, s, turn)

    return _compile(program, dynamic=None)  # the first size as a constant, which is faster
