"""The JAX engine: a jitted scan for a case, vmapped sweeps, jitted updates, and an eager mode."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike, NDArray

from backends import loop, protocol
from backends.binding import batches, bind, constants
from backends.coefficients import BLOCK, Layout, Numbers, numbers_of
from backends.jax import _programs
from backends.jax._objectives import Analytic, Autodiff, Finite
from backends.jax._programs import Constants, DeviceRows, Key
from backends.jax._trace import trace
from backends.native import Native, Slots
from backends.protocol import Derivatives, Ends, Execution, Rows
from backends.tracing import FlatStep, Operation, Replace
from reference import Case, Parameters, Problem
from reference.arrays import Floats, Ints, Reals
from reference.objective import Objective
from reference.spec import Namespace


class JaxState(NamedTuple):
    """An updater's state: parameters (n,), slots, and the number of steps taken.

    ``row`` is the index of the next step's coefficients in a table on the device. A counter there
    costs less than a transfer in every step.
    """

    x: Array
    slots: Slots[Array]
    row: Array
    t: int

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle as numpy arrays: JAX would restore float64 as float32 without x64.

        Raises `Unsupported` for arrays over several devices, which may be other ones elsewhere.
        """
        *arrays, t = self
        devices = len(self.x.sharding.device_set)
        if devices > 1:
            what = f"a state spread over {devices} devices"
            raise protocol.Unsupported(f"{what} is not pickled or copied: save its x and slots")
        return _restored, (jax.tree.map(np.asarray, arrays), t)


def _restored(arrays: list[NDArray[Any]], t: int) -> JaxState:
    with jax.enable_x64(arrays[0].dtype == np.float64):
        x, slots, row = jax.tree.map(jnp.array, arrays)
    return JaxState(x, slots, row, t)


class Engine(protocol.Engine[Array]):
    """JAX on a CPU or a CUDA device; see `backends.protocol.Engine`."""

    xp: Namespace = jnp
    NUMBERS = 2**18

    def __init__(self, device: str, dtype: str) -> None:
        self.device = jax.local_devices(backend=device)[0]  # of this process, if there are several
        self.dtype = np.dtype(dtype)
        self.exact = self.device.platform == "cpu"  # in products of float32 matrices

    def scope(self) -> AbstractContextManager[object]:
        """Enable x64 for a float64 run only, make the device the default, and multiply exactly.

        A GPU multiplies float32 matrices with the 10 bits of TensorFloat-32 unless asked not to.
        """
        x64, device = self.dtype == np.float64, jax.config.jax_default_device or jax.devices()[0]
        as_wanted = jax.config.jax_enable_x64 == x64 and device == self.device
        if as_wanted and self.exact:
            return nullcontext()
        with ExitStack() as stack:
            stack.enter_context(jax.enable_x64(x64))
            stack.enter_context(jax.default_device(self.device))
            if not self.exact:
                stack.enter_context(jax.default_matmul_precision("highest"))
            return stack.pop_all()

    def array(self, value: ArrayLike) -> Array:
        return jax.device_put(np.asarray(value, dtype=self.dtype), self.device)

    def everywhere(self, value: ArrayLike) -> Array:
        """Copy numbers to every device that has parameters, in the engine's dtype."""
        return self.array(value)

    def program(self, layout: Layout) -> Any:
        """Return the program of an update, see `_programs.update`."""
        return _programs.update(layout)

    def numpy(self, x: Array) -> NDArray[Any]:
        return np.array(x)

    def show(self, x: Reals) -> str:
        return str(self.array(x))

    def objective(
        self, problem: Problem, constants: dict[str, Array], derivatives: Derivatives
    ) -> Objective:
        kind = {"autodiff": Autodiff, "analytic": Analytic, "finite": Finite}[derivatives]
        return kind(problem, constants, jnp)

    def trajectory(self, native: Native, case: Case, execution: Execution) -> Rows:
        run = self._eager if execution.mode == "eager" else self._compiled
        return run(native, case, execution.derivatives)

    def _eager(self, native: Native, case: Case, derivatives: Derivatives) -> Rows:
        objective, h = bind(self, case, derivatives), case.hyperparameters
        x = self.array(case.start_point)
        step, s = loop.scheduled(native, h), native.slots(h, x)
        points, reached = loop.walk(step, case, objective, x, s, lambda x: x)
        return loop.rows(jnp.stack(points), reached, objective, self.numpy)

    def _compiled(self, native: Native, case: Case, derivatives: Derivatives) -> Rows:
        program, given = _prepared(self, native, case, derivatives)
        points, values, reached = program(*given, batches(case))
        stopped = None if reached is None else np.asarray(reached)
        return Rows(np.asarray(points), np.asarray(values), stopped)

    def key(self, numbers: Numbers, case: Case, derivatives: Derivatives) -> Key:
        """The static argument of the programs of a case."""
        return Key(numbers.layout, case.problem, self.objective, derivatives, case.stop)

    def sweep(
        self,
        native: Native,
        case: Case,
        derivatives: Derivatives,
        x: Floats,
        swept: Mapping[str, Floats],
        which: Ints,
    ) -> Ends:
        numbers = Numbers(native, loop.of_members(case, swept))
        programs = _programs.sweep(self.key(numbers, case, derivatives), not swept)
        multiple = max(1, 2 ** (len(x).bit_length() - 5))  # few sizes, so few recompilations
        size = -(-len(x) // multiple) * multiple
        member = _extended(which, size).astype(np.int32) if swept else np.zeros((), np.int32)
        given = member, self.array(np.atleast_2d(numbers.packed))
        k, indices = constants(self, case), batches(case)
        table = numbers.schedule.table
        parts = [
            (self.array(_of_combinations(table(*part))), _rows(indices, *part))
            for part in numbers.parts(case.steps, self.NUMBERS)
        ]
        ends = programs.run(self.array(_extended(x, size)), given, parts, k)
        points, values, steps, reached = (np.asarray(found)[: len(x)] for found in ends)
        taken = steps if case.stop is not None else np.full(len(x), case.steps)
        return Ends(points.copy(), values.copy(), taken.astype(np.int64), reached.copy())

    def init(
        self,
        native: Native,
        h: Parameters,
        x: Floats | Array,
        slots: Sequence[Floats | Array] | None = None,
        t: int = 0,
    ) -> JaxState:
        copied = self.array(x)
        given = None if slots is None else [self.array(each) for each in slots]
        first = protocol.slots_of(native, h, copied, given), jnp.array(t % BLOCK, jnp.int32)
        kept, row = jax.device_put(first, self.device)  # committed, as a step returns them
        return JaxState(copied, kept, row, t)

    def updating(self, native: Native, h: Parameters) -> Callable[[JaxState, Array], JaxState]:
        numbers, x64 = numbers_of(native, h), self.dtype == np.float64
        program, varies = self.program(numbers.layout), bool(numbers.layout.varying)
        with self.scope():
            fixed = self.everywhere(numbers.constants)
            tables = {0: self._block(numbers, 0)}

        def update(state: JaxState, g: Array) -> JaxState:
            if jax.config.jax_enable_x64 != x64:
                with jax.enable_x64(x64):
                    return update(state, g)
            x, slots, row, t = state
            if type(g) is not type(x) or g.aval is not x.aval:  # JAX keeps one of each kind
                protocol.check_alike(g, x)
            if not varies:
                x, slots = program(x, slots, g, fixed)
                return JaxState(x, slots, row, t + 1)
            block = t // BLOCK
            if block not in tables:
                tables.clear()
                tables[block] = self._block(numbers, block)
            x, slots, row = program(x, slots, row, g, tables[block])
            return JaxState(x, slots, row, t + 1)

        return update

    def _block(self, numbers: Numbers, block: int) -> Array:
        """Return all coefficients of each of a block of `BLOCK` steps, on the device."""
        varying = numbers.schedule.table(block * BLOCK + 1, (block + 1) * BLOCK)
        fixed = np.broadcast_to(numbers.constants, (BLOCK, numbers.constants.size))
        return self.everywhere(np.hstack([fixed, varying]))

    def norm(self, g: Array) -> Array:
        protocol.check_array(g, Array)
        return _programs.norm(g)

    def trace(
        self, step: FlatStep, x: Array, arrays: tuple[Array, ...], replace: Replace
    ) -> tuple[tuple[Array, tuple[Array, ...]], list[Operation]]:
        return trace(step, x, arrays, replace)

    def wait(self, state: JaxState) -> None:
        jax.block_until_ready((state.x, state.slots))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Engine) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.device, self.dtype))


@lru_cache(maxsize=16)
def _prepared(
    engine: Engine, native: Native, case: Case, derivatives: Derivatives
) -> tuple[Callable[..., DeviceRows], tuple[Array, Array, Array, Constants]]:
    """The program of a case, and its arguments on the device, which a next run finds there."""
    numbers = numbers_of(native, case.hyperparameters)
    program = _programs.trajectory(engine.key(numbers, case, derivatives))
    start, packed = engine.array(case.start_point), engine.array(numbers.packed)
    table = engine.array(numbers.table(case.steps, engine.dtype))
    return program, (start, packed, table, constants(engine, case))


def _extended(a: NDArray[Any], size: int) -> NDArray[Any]:
    """Pad ``a`` to ``size`` rows with copies of its first row."""
    extended = np.empty((size, *a.shape[1:]), a.dtype)
    extended[: len(a)], extended[len(a) :] = a, a[0]
    return extended


def _rows(indices: Ints | None, first: int, last: int) -> Ints | None:
    """Return the minibatches of steps ``first`` to ``last``; None without minibatches."""
    return None if indices is None else indices[first - 1 : last]


def _of_combinations(table: Floats) -> Floats:
    """Return a table as (K, steps, varying), with K = 1 if it has no axis of combinations."""
    return table if table.ndim == 3 else table[None]
