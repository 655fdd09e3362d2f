"""JAX: one compiled scan per case, or one operation after another."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import jaxpr_as_fun

from backends import loop, protocol
from backends.driver import bind, constants
from backends.objective import FiniteDifferences, nearest_input
from backends.protocol import Ends, Rows
from reference import Case, Problem
from reference.objective import Constants, Objective
from reference.spec import Array, Namespace


class Analytic(Objective):
    """The problem's own formulas."""

    def single(self, y: Array) -> Array:
        return y.astype(jnp.float32)

    def numerical_inverse(self, y: Array, x: Array) -> Array:
        """The inverse found by scipy on the host, from within a compiled program too."""
        self.counts["inverse"] += 1
        forward = self.composition.forward
        shape = jax.ShapeDtypeStruct(x.shape, x.dtype)

        def on_host(y: Array, x: Array, k: dict[str, Any]) -> np.ndarray[Any, Any]:
            bound = Constants(jax.tree.map(np.asarray, k))
            found = nearest_input(lambda z: forward(np, bound, z), np.asarray(y), np.asarray(x))
            return found.astype(x.dtype)

        return jax.pure_callback(on_host, shape, y, x, vars(self.k), vmap_method="sequential")


class Autodiff(Analytic):
    """The derivatives that JAX finds."""

    def gradient(self, x: Array) -> Array:
        self.counts["gradient"] += 1
        return self._derived(jax.grad, self.problem.value, x)

    def hessian(self, x: Array) -> Array:
        self.counts["hessian"] += 1
        return self._derived(jax.hessian, self.problem.value, x)

    def outer_gradient(self, y: Array) -> Array:
        self.counts["gradient"] += 1
        return self._derived(jax.grad, self.composition.loss, y)

    def outer_hessian(self, y: Array) -> Array:
        self.counts["hessian"] += 1
        return self._derived(jax.hessian, self.composition.loss, y)

    def jacobian(self, x: Array) -> Array:
        return self._derived(jax.jacobian, self.composition.forward, x)

    def _derived(self, derivative: Any, function: Any, x: Array) -> Array:
        """Find the derivative once, then take its operations one after another.

        The same operations as finding it anew at every point, so the same digits, for a fraction
        of the time.
        """
        found = _derivative(derivative, function).trace(vars(self.k), x).jaxpr
        (result,) = jaxpr_as_fun(found)(*jax.tree.leaves((vars(self.k), x)))
        return result


@cache
def _derivative(derivative: Any, function: Any) -> Any:
    return jax.jit(lambda k, x: derivative(lambda z: function(jnp, Constants(k), z))(x))


class Finite(FiniteDifferences, Analytic):
    """Gradients by finite differences."""


class Engine(protocol.Engine):
    """JAX on a CPU or a CUDA device; see `backends.protocol.Engine`."""

    xp: Namespace = jnp
    NUMBERS = 2**18

    def __init__(self, device: str, dtype: str) -> None:
        self.device = jax.devices(device)[0]
        self.dtype = np.dtype(dtype)

    def scope(self) -> AbstractContextManager[Any]:
        """float64 for a float64 run only, and every new array on the device."""
        wide, device = self.dtype == np.float64, jax.config.jax_default_device or jax.devices()[0]
        if jax.config.jax_enable_x64 == wide and device == self.device:
            return nullcontext()
        with ExitStack() as stack:
            stack.enter_context(jax.enable_x64(wide))
            stack.enter_context(jax.default_device(self.device))
            return stack.pop_all()

    def array(self, value: Any) -> Array:
        return jax.device_put(np.asarray(value, dtype=self.dtype), self.device)

    def numpy(self, x: Array) -> np.ndarray[Any, Any]:
        return np.array(x)

    def show(self, x: np.ndarray[Any, Any]) -> str:
        return str(self.array(x))

    def objective(self, problem: Problem, constants: dict[str, Any], derivatives: str) -> Objective:
        kind = {"autodiff": Autodiff, "analytic": Analytic, "finite": Finite}[derivatives]
        return kind(problem, constants, jnp)

    def trajectory(self, optimizer: Any, case: Case, mode: str, derivatives: str) -> Rows:
        run = self._eager if mode == "eager" else self._compiled
        return run(optimizer, case, derivatives)

    def _eager(self, optimizer: Any, case: Case, derivatives: str) -> Rows:
        whole = bind(self, case, derivatives)
        x = self.array(case.x0)
        s = loop.slots(optimizer, case.h, x)
        points, reached = loop.walk(loop.stepper(optimizer), case, whole, x, s, lambda x: x)
        return loop.rows(jnp.stack(points), reached, whole, self.numpy)

    def _compiled(self, optimizer: Any, case: Case, derivatives: str) -> Rows:
        program = _program(self, optimizer, _Recipe(case), derivatives)
        start = np.asarray(case.x0, dtype=self.dtype)
        points, values, reached = program(start, constants(self, case), loop.batches(case))
        stopped = None if reached is None else np.asarray(reached)
        return Rows(np.asarray(points), np.asarray(values), stopped)

    def sweep(
        self,
        optimizer: Any,
        case: Case,
        derivatives: str,
        x: np.ndarray[Any, Any],
        own: Mapping[str, np.ndarray[Any, Any]],
    ) -> Ends:
        program = _members(self, optimizer, _Recipe(case), derivatives)
        grain = max(1, 2 ** (len(x).bit_length() - 5))  # few sizes, so few programs
        size = -(-len(x) // grain) * grain
        mapped = [self.array(_extended(a, size, self.dtype)) for a in (x, *own.values())]
        swept = dict(zip(own, mapped[1:], strict=True))
        ends = program(mapped[0], swept, constants(self, case), loop.batches(case))
        points, values, steps, reached = (np.asarray(end)[: len(x)] for end in ends)
        return Ends(points.copy(), values.copy(), steps.astype(np.int64), reached.copy())

    def init(self, optimizer: Any, h: Any, x: np.ndarray[Any, Any]) -> loop.State:
        own = self.array(x)
        fresh = loop.State(own, loop.slots(optimizer, h, own), jnp.zeros((), jnp.int32))
        arrays: loop.State = jax.device_put(fresh, self.device)  # as a step returns them
        return arrays if _counts(optimizer) else arrays._replace(t=0)

    def updating(self, optimizer: Any, h: Any) -> Callable[[loop.State, Array], loop.State]:
        program, wide = _update(optimizer, h), self.dtype == np.float64
        counts = _counts(optimizer)

        def update(state: loop.State, g: Array) -> loop.State:
            if jax.config.jax_enable_x64 != wide:
                with jax.enable_x64(wide):
                    return update(state, g)
            x, slots, t = state
            if counts:
                return loop.State(*program(x, slots, t, g))
            x, slots = program(x, slots, t + 1, g)
            return loop.State(x, slots, t + 1)

        return update

    def wait(self, state: loop.State) -> None:
        jax.block_until_ready(state)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Engine) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.device, self.dtype))


def _extended(a: np.ndarray[Any, Any], size: int, dtype: Any) -> np.ndarray[Any, Any]:
    """The rows of ``a``, and the first of them again until there are ``size``."""
    extended = np.empty((size, *a.shape[1:]), dtype)
    extended[: len(a)], extended[len(a) :] = a, a[0]
    return extended


class _Recipe:
    """A case as a cache key: equal whenever the same program serves, whatever the start."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.key = case.identity[:4] + case.identity[5:]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Recipe) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@cache
def _program(engine: Engine, optimizer: Any, recipe: _Recipe, derivatives: str) -> Any:
    """Compile the whole trajectory: (start, constants, batches) -> `Rows`."""
    case, step = recipe.case, loop.stepper(optimizer)

    def program(x: Array, k: dict[str, Any], batches: Array | None) -> Rows:
        whole = engine.objective(case.objective, k, derivatives)

        def body(carry: tuple[Array, Any], turn: Any) -> tuple[tuple[Array, Any], Any]:
            (x, s), (t, batch) = carry, turn
            f = whole if batch is None else whole.restricted(whole.k.data[batch])
            new, s = step(case.h, f, x, s, t)
            reached = case.stop and case.stop.reached(jnp, whole, x, new)
            return (new, s), (new, reached)

        start = x, loop.slots(optimizer, case.h, x)
        turns = jnp.arange(1, case.steps + 1), batches
        _, (moves, reached) = lax.scan(body, start, turns, case.steps)
        points = jnp.concatenate([x[None], moves])
        part = max(1, loop.CHUNK // len(k.get("data", (0,))))
        value = partial(whole.problem.value, jnp, whole.k)
        values = value(points) if len(points) <= part else lax.map(value, points, batch_size=part)
        return Rows(points, values, reached)

    return jax.jit(program)


@cache
def _members(engine: Engine, optimizer: Any, recipe: _Recipe, derivatives: str) -> Any:
    """Compile a sweep: (starts, swept hyperparameters, constants, batches) -> `Ends`."""
    case, step = recipe.case, loop.stepper(optimizer)

    def member(x: Array, own: Any, k: dict[str, Any], batches: Array | None) -> Ends:
        whole = engine.objective(case.objective, k, derivatives)
        h = SimpleNamespace(**{**vars(case.h), **own})

        def turn(t: Array, carry: Any) -> Any:
            old, s, stop = carry
            f = whole if batches is None else whole.restricted(whole.k.data[batches[t]])
            x, s = step(h, f, old, s, t + 1)
            if case.stop is None:
                return x, s, stop
            steps, reached = stop
            x = jnp.where(reached, old, x)
            return x, s, (steps + ~reached, reached | case.stop.reached(jnp, whole, old, x))

        stop = jnp.array(0 if case.stop else case.steps), jnp.array(False)
        start = x, loop.slots(optimizer, h, x), stop
        x, _, (steps, reached) = lax.fori_loop(0, case.steps, turn, start)
        return Ends(x, whole.problem.value(jnp, whole.k, x), steps, reached)

    return jax.jit(jax.vmap(member, in_axes=(0, 0, None, None)))


def _counts(optimizer: Any) -> bool:
    """Whether an update needs the number of its step on the device, where it takes time."""
    return hasattr(optimizer, "factors")


@cache
def _update(optimizer: Any, h: Any) -> Any:
    """Compile one step that reuses its state's memory.

    (x, slots, steps before, g) -> (x, slots, steps), or, where the host counts,
    (x, slots, steps, g) -> (x, slots).
    """
    if not _counts(optimizer):

        def update(x: Array, slots: Any, t: int, g: Array) -> Any:
            return optimizer.update(h, x, g, slots, t)

        return jax.jit(update, donate_argnums=(0, 1))

    def counting(x: Array, slots: Any, t: Array, g: Array) -> Any:
        return *optimizer.update(h, x, g, slots, optimizer.factors(h, t + 1)), t + 1

    return jax.jit(counting, donate_argnums=(0, 1, 2))
