"""JAX: one compiled scan per case, or one operation after another."""

from collections.abc import Mapping
from contextlib import ExitStack
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

    def scope(self) -> ExitStack:
        """float64 for a float64 run only, and every new array on the device."""
        with ExitStack() as stack:
            stack.enter_context(jax.enable_x64(self.dtype == np.float64))
            stack.enter_context(jax.default_device(self.device))
            return stack.pop_all()

    def array(self, value: Any) -> Array:
        return jnp.array(value, dtype=self.dtype)

    def numpy(self, x: Array) -> np.ndarray[Any, Any]:
        return np.array(x)

    def show(self, x: np.ndarray[Any, Any]) -> str:
        return str(self.array(x))

    def objective(self, problem: Problem, constants: dict[str, Any], derivatives: str) -> Objective:
        kind = {"autodiff": Autodiff, "analytic": Analytic, "finite": Finite}[derivatives]
        return kind(problem, constants, jnp)

    def trajectory(self, optimizer: Any, case: Case, mode: str, derivatives: str) -> Rows:
        run = self._eager if mode == "eager" else self._compiled
        points, reached = run(optimizer, case, derivatives)
        return loop.rows(points, reached, bind(self, case, derivatives), self.numpy)

    def _eager(self, optimizer: Any, case: Case, derivatives: str) -> tuple[Array, Any]:
        whole = bind(self, case, derivatives)
        x = self.array(case.x0)
        s = loop.slots(optimizer, case.h, x)
        points, reached = loop.walk(loop.stepper(optimizer), case, whole, x, s, lambda x: x)
        return jnp.stack(points), reached

    def _compiled(self, optimizer: Any, case: Case, derivatives: str) -> tuple[Array, Any]:
        x, batches = self.array(case.x0), loop.batches(case)
        key = case.identity[:4] + case.identity[5:]  # all but the start, which is an argument
        program = _program(self, optimizer, _Recipe(case, key), derivatives)
        moves, reached = program(x, constants(self, case), batches)
        return jnp.concatenate([x[None], moves]), reached

    def sweep(
        self,
        optimizer: Any,
        case: Case,
        derivatives: str,
        x: np.ndarray[Any, Any],
        own: Mapping[str, np.ndarray[Any, Any]],
    ) -> Ends:
        recipe = _Recipe(case, case.identity[:4] + case.identity[5:])
        program = _members(self, optimizer, recipe, derivatives)
        size = 2 ** (len(x) - 1).bit_length()  # few sizes, so few programs
        mapped = [self.array(np.resize(a, (size, *a.shape[1:]))) for a in (x, *own.values())]
        swept = dict(zip(own, mapped[1:], strict=True))
        ends = program(mapped[0], swept, constants(self, case), loop.batches(case))
        return Ends(*(np.asarray(end)[: len(x)] for end in ends))

    def init(self, optimizer: Any, h: Any, x: np.ndarray[Any, Any]) -> loop.State:
        own = jax.device_put(self.array(x), self.device)
        return loop.State(own, loop.slots(optimizer, h, own), jnp.zeros((), jnp.int32))

    def update(self, optimizer: Any, h: Any, state: loop.State, g: Array) -> loop.State:
        updated: loop.State = _update(optimizer, h)(state, g)
        return updated

    def wait(self, state: loop.State) -> None:
        jax.block_until_ready(state)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Engine) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.device, self.dtype))


class _Recipe:
    """A case as a cache key: equal whenever the same program serves."""

    def __init__(self, case: Case, key: tuple[Any, ...]) -> None:
        self.case = case
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Recipe) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@cache
def _program(engine: Engine, optimizer: Any, recipe: _Recipe, derivatives: str) -> Any:
    """Compile the whole trajectory: (start, constants, batches) -> (points, reached)."""
    case, step = recipe.case, loop.stepper(optimizer)

    def program(x: Array, k: dict[str, Any], batches: Array | None) -> tuple[Array, Array]:
        whole = engine.objective(case.objective, k, derivatives)

        def body(carry: tuple[Array, Any], turn: Any) -> tuple[tuple[Array, Any], Any]:
            (x, s), (t, batch) = carry, turn
            f = whole if batch is None else whole.restricted(whole.k.data[batch])
            new, s = step(case.h, f, x, s, t)
            reached = case.stop.reached(jnp, whole, x, new) if case.stop else jnp.array(False)
            return (new, s), (new, reached)

        start = x, loop.slots(optimizer, case.h, x)
        turns = jnp.arange(1, case.steps + 1), batches
        _, (points, reached) = lax.scan(body, start, turns, case.steps)
        return points, reached

    return jax.jit(program)


@cache
def _members(engine: Engine, optimizer: Any, recipe: _Recipe, derivatives: str) -> Any:
    """Compile a sweep: (starts, swept hyperparameters, constants, batches) -> `Ends`."""
    case, step = recipe.case, loop.stepper(optimizer)

    def member(x: Array, own: Any, k: dict[str, Any], batches: Array | None) -> Ends:
        whole = engine.objective(case.objective, k, derivatives)
        h = SimpleNamespace(**{**vars(case.h), **own})

        def turn(t: Array, carry: Any) -> Any:
            old, s, steps, going = carry
            f = whole if batches is None else whole.restricted(whole.k.data[batches[t]])
            x, s = step(h, f, old, s, t + 1)
            if case.stop is None:
                return x, s, steps + 1, going
            x, steps = jnp.where(going, x, old), steps + going
            return x, s, steps, going & ~case.stop.reached(jnp, whole, old, x)

        start = x, loop.slots(optimizer, h, x), jnp.zeros((), jnp.int32), jnp.array(True)
        x, _, steps, going = lax.fori_loop(0, case.steps, turn, start)
        return Ends(x, whole.problem.value(jnp, whole.k, x), steps, ~going)

    return jax.jit(jax.vmap(member, in_axes=(0, 0, None, None)))


@cache
def _update(optimizer: Any, h: Any) -> Any:
    """Compile one step that reuses its state's memory."""

    @partial(jax.jit, donate_argnums=0)
    def update(state: loop.State, g: Array) -> loop.State:
        t = state.t + 1
        x, slots = optimizer.update(h, state.x, g, state.slots, loop.turn(optimizer, h, t))
        return loop.State(x, slots, t)

    return update
