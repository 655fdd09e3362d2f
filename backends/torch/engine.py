"""The torch engine: in-place steps, eager or by torch.compile."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from backends import loop, protocol
from backends.binding import batches, bind
from backends.coefficients import numbers_of
from backends.native import Native, Slots, with_norm
from backends.protocol import Derivatives, Ends, Execution, Rows, Unsupported, UpdaterState
from backends.torch import _programs
from backends.torch._objectives import Analytic, Autodiff, Finite
from backends.torch._programs import COMPILERS, Key, can_compile
from backends.torch._trace import trace
from backends.tracing import FlatStep, Operation, Replace
from reference import Case, Parameters, Problem
from reference.arrays import Bools, Floats, Ints, Reals
from reference.objective import Objective
from reference.spec import Namespace

STRIDE = 10  # elementwise steps per compiled call, whose overhead is that of many small steps
SLOWER = (
    "updates of many parameters take an operation after another, up to eight times slower than "
    f"compiled: none of the C++ compilers {', '.join(COMPILERS)} is on the PATH"
)
FUSED = 2**18  # from this many parameters on, a compiled update is faster than an eager one


class TorchState(NamedTuple):
    """An updater's state: parameters (n,), slots, and the number of steps taken."""

    x: Tensor
    slots: Slots[Tensor]
    t: int


class Engine(protocol.Engine[Tensor]):
    """torch on a CPU or a CUDA device; see `backends.protocol.Engine`."""

    xp: Namespace = torch
    NUMBERS = 2**18

    def __init__(self, device: str, dtype: str) -> None:
        self.device = torch.device(device)
        self.dtype = getattr(torch, dtype)

    def scope(self) -> AbstractContextManager[object]:
        no_grad: AbstractContextManager[object] = torch.no_grad()
        return no_grad

    def array(self, value: ArrayLike) -> Tensor:
        return torch.tensor(np.asarray(value), dtype=self.dtype, device=self.device)

    def everywhere(self, value: ArrayLike) -> Tensor:
        """Copy numbers to every device that has parameters, in the engine's dtype."""
        return self.array(value)

    def numpy(self, x: Tensor) -> NDArray[Any]:
        return np.array(x.numpy(force=True))

    def host(self, value: Any) -> ArrayLike:
        return self.numpy(value) if isinstance(value, Tensor) else super().host(value)

    def show(self, x: Reals) -> str:
        return str(self.array(x))

    def objective(
        self, problem: Problem, constants: dict[str, Tensor], derivatives: Derivatives
    ) -> Objective:
        kind = {"autodiff": Autodiff, "analytic": Analytic, "finite": Finite}[derivatives]
        return kind(problem, constants, torch)

    def trajectory(self, native: Native, case: Case, execution: Execution) -> Rows:
        objective = bind(self, case, execution.derivatives)
        x = self.array(case.start_point)
        s = native.slots(case.hyperparameters, x)
        if execution.mode == "compiled":
            points, reached = self._compiled(native, case, objective, execution.derivatives, x, s)
        else:
            step = loop.scheduled(native, case.hyperparameters)
            points, reached = loop.walk(step, case, objective, x, s, torch.clone)
        return loop.rows(torch.stack(points), reached, objective, self.numpy)

    def sweep(
        self,
        native: Native,
        case: Case,
        derivatives: Derivatives,
        x: Floats,
        swept: Mapping[str, Floats],
        which: Ints,
    ) -> Ends:
        objective = bind(self, case, derivatives)
        h = loop.of_members(case, {name: values[which] for name, values in swept.items()})
        step = loop.of_all(self, native, h)
        return loop.sweep(self, native, step, case, objective, x, h, torch.clone)

    def _compiled(
        self,
        native: Native,
        case: Case,
        objective: Objective,
        derivatives: Derivatives,
        x: Tensor,
        s: Slots[Tensor],
    ) -> tuple[list[Tensor], Bools]:
        """Run the case in compiled strides; surplus steps of the last stride are dropped.

        Returns the points and whether the stopping rule held after each step, as `loop.walk`.
        """
        if not can_compile(self.device.type):
            raise Unsupported("torch.compile needs a C++ compiler, and none is on the PATH")
        if case.spec.tolerance(case.hyperparameters):
            raise Unsupported("torch.compile cannot hold scipy's L-BFGS-B; use mode='eager'")
        length = STRIDE if native.update is not None else 1
        numbers = numbers_of(native, case.hyperparameters)
        key = Key(numbers.layout, case.problem, self.objective, derivatives, length)
        program, packed = _programs.stride(key), self.array(numbers.packed)
        steps = np.minimum(np.arange(-(-case.steps // length) * length), case.steps - 1)
        table = self.array(numbers.schedule.table(1, case.steps)[steps])
        indices = batches(case)
        points, reached = [x.clone()], np.zeros(case.steps, dtype=bool)
        for start in range(0, case.steps, length):
            part = slice(start, start + length)
            data = None if indices is None else objective.k.data[indices[steps[part]]]
            stride, x, s = program(vars(objective.k), x, s, packed, table[part], data)
            for t, point in enumerate(stride.unbind()[: case.steps - start], start):
                points.append(point)
                if case.stop is not None and case.stop.reached(torch, objective, points[-2], point):
                    reached[t] = True
                    return points, reached
        return points, reached

    def init(
        self,
        native: Native,
        h: Parameters,
        x: Floats | Tensor,
        slots: Sequence[Floats | Tensor] | None = None,
        t: int = 0,
    ) -> UpdaterState[Tensor]:
        given = None if slots is None else [self.array(each) for each in slots]
        self._warn(len(x))
        copied = self.array(x)
        return TorchState(copied, protocol.slots_of(native, h, copied, given), t)

    def _warn(self, n: int) -> None:
        """Warn where updates of ``n`` parameters would be compiled, and cannot be."""
        if n >= FUSED and not can_compile(self.device.type):
            warnings.warn(SLOWER, RuntimeWarning, stacklevel=4)

    def updating(
        self, native: Native, h: Parameters
    ) -> Callable[[Any, Tensor], UpdaterState[Tensor]]:
        return self._updating(native, h, FUSED)

    def _updating(self, native: Native, h: Parameters, fused: int) -> Callable[..., TorchState]:
        """Return the function of `updating`, compiled from ``fused`` parameters on.

        It takes the norm of the whole gradient as well, where ``g`` is a part of it.
        """
        eager_update, numbers, norm_of = native.update, numbers_of(native, h), native.norm
        assert eager_update is not None
        coefficients, step = numbers.schedule.at, numbers.schedule.step
        fixed, fuses = self.everywhere(numbers.constants), can_compile(self.device.type)
        empty_row = self.everywhere([])

        def update(state: TorchState, g: Tensor, norm: Tensor | None = None) -> TorchState:
            x, slots, t = state
            if type(g) is not Tensor or g.shape != x.shape or g.dtype is not x.dtype:
                protocol.check_alike(g, x)
            if norm is None and norm_of is not None:
                norm = norm_of(g)
            if fuses and len(x) >= fused:
                row = (
                    torch.tensor(step(t + 1), dtype=self.dtype)
                    if numbers.layout.varying
                    else empty_row
                )
                row = row.to(self.device, non_blocking=True)
                x, slots = _programs.fused(numbers.layout)(x, g, slots, fixed, row, norm)
            else:
                c = coefficients(t + 1) if norm is None else with_norm(coefficients(t + 1), norm)
                x, slots = eager_update(c, x, g, slots)
            return TorchState(x, slots, t + 1)

        without_grad: Callable[..., TorchState] = torch.no_grad()(update)
        return without_grad

    def norm(self, g: Tensor) -> Tensor:
        protocol.check_array(g, Tensor)
        return torch.linalg.vector_norm(g)

    def trace(
        self, step: FlatStep, x: Tensor, arrays: tuple[Tensor, ...], replace: Replace
    ) -> tuple[tuple[Tensor, tuple[Tensor, ...]], list[Operation]]:
        return trace(step, x, arrays, replace)

    def wait(self, state: TorchState) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Engine) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.device, self.dtype))
