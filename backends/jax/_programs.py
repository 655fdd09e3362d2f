"""The compiled programs: a trajectory, the parts of a sweep, an update.

A program is compiled for a `Key`, which has no number in it: learning rates, schedules, starts and
data are arguments.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from backends import loop
from backends.coefficients import Layout
from backends.protocol import Derivatives, Ends, Rows
from reference import Problem
from reference.case import Stop
from reference.objective import Objective
from reference.spec import Array

KEPT = 128  # programs


@dataclass(frozen=True)
class Key:
    """All that a program is compiled for."""

    layout: Layout
    problem: Problem
    objective: Callable[[Problem, dict[str, Any], Derivatives], Objective]
    derivatives: Derivatives
    stop: Stop | None

    def bind(self, k: dict[str, Any]) -> Objective:
        """The objective with traced constants."""
        return self.objective(self.problem, k, self.derivatives)

    def reached(self, f: Objective, old: Array, new: Array) -> Array | None:
        """Whether the stopping rule holds; None without one."""
        return self.stop and self.stop.reached(jnp, f, old, new)


@lru_cache(maxsize=KEPT)
def trajectory(key: Key) -> Any:
    """Compile a whole trajectory: (start, numbers, table, constants, batches) -> `Rows`."""
    step, layout = key.layout.native.step, key.layout

    def program(x: Array, packed: Array, table: Array, k: dict[str, Any], batches: Any) -> Rows:
        objective, numbers = key.bind(k), tuple(packed)

        def body(carry: tuple[Array, Any], each: Any) -> tuple[tuple[Array, Any], Any]:
            (x, s), (row, batch) = carry, each
            f = objective if batch is None else objective.restricted(objective.k.data[batch])
            new, s = step(layout.c(numbers, row), f, x, s)
            return (new, s), (new, key.reached(objective, x, new))

        start = x, layout.native.slots(layout.h(numbers), x)
        _, (moves, reached) = lax.scan(body, start, (table, batches), len(table))
        points = jnp.concatenate([x[None], moves])
        part = max(1, loop.CHUNK // len(k.get("data", (0,))))
        value = partial(objective.problem.value, jnp, objective.k)
        values = value(points) if len(points) <= part else lax.map(value, points, batch_size=part)
        return Rows(points, values, reached)

    return jax.jit(program)


class Member(NamedTuple):
    """A member of a sweep on its way: where it is, how many steps it took, whether it stopped."""

    x: Array
    slots: Any
    steps: Array
    reached: Array


@dataclass(frozen=True)
class Sweep:
    """The programs of a sweep, each over all members.

    ``whole`` takes all steps; where a table of all would be too large, ``begin`` makes the members,
    ``advance`` takes the steps of a table, and ``end`` tells where they are.
    """

    whole: Any
    begin: Any
    advance: Any
    end: Any

    def run(self, starts: Array, given: Any, parts: list[Any], k: dict[str, Any]) -> Ends:
        """Take the steps of all ``parts``, (table, batches), with ``given``, (which, numbers)."""
        if len(parts) == 1:
            return Ends(*self.whole(starts, *given, *parts[0], k))
        members = self.begin(starts, *given)
        for table, batches in parts:
            members = self.advance(members, *given, table, batches, k)
        return Ends(*self.end(members, k))


@lru_cache(maxsize=KEPT)
def sweep(key: Key, shared: bool) -> Sweep:
    """Compile a sweep; ``shared`` says that all members have the same hyperparameters."""
    step, layout = key.layout.native.step, key.layout
    which = None if shared else 0

    def begin(x: Array, which: Array, packed: Array) -> Member:
        slots = layout.native.slots(layout.h(tuple(packed[which])), x)
        return Member(x, slots, jnp.array(0, jnp.int32), jnp.array(False))

    def advance(
        member: Member, which: Array, packed: Array, table: Array, batches: Any, k: dict[str, Any]
    ) -> Member:
        objective, numbers = key.bind(k), tuple(packed[which])

        def turn(i: Array, member: Member) -> Member:
            old, s, steps, reached = member
            f = objective if batches is None else objective.restricted(objective.k.data[batches[i]])
            row = table[which, i] if layout.varying else ()
            x, s = step(layout.c(numbers, row), f, old, s)
            if key.stop is None:
                return Member(x, s, steps, reached)
            x = jnp.where(reached, old, x)
            held = reached | key.reached(objective, old, x)
            return Member(x, s, steps + ~reached, held)

        moved: Member = lax.fori_loop(0, table.shape[1], turn, member)
        return moved

    def end(member: Member, k: dict[str, Any]) -> Ends:
        objective = key.bind(k)
        values = objective.problem.value(jnp, objective.k, member.x)
        return Ends(member.x, values, member.steps, member.reached)

    def whole(
        x: Array, which: Array, packed: Array, table: Array, batches: Any, k: dict[str, Any]
    ) -> Ends:
        return end(advance(begin(x, which, packed), which, packed, table, batches, k), k)

    def mapped(function: Any, *rest: None) -> Any:
        return jax.jit(jax.vmap(function, in_axes=(0, which, None, *rest)))

    return Sweep(
        mapped(whole, None, None, None),
        mapped(begin),
        mapped(advance, None, None, None),
        jax.jit(jax.vmap(end, in_axes=(0, None))),
    )


@lru_cache(maxsize=KEPT)
def update(layout: Layout) -> Any:
    """Compile a step in the memory of its state.

    (x, slots, row, g, numbers, table) -> (x, slots, next row): the device counts the rows. Where
    nothing varies, (x, slots, g, numbers) -> (x, slots).
    """
    native_update = layout.native.update
    assert native_update is not None

    def varying(x: Array, slots: Any, row: Array, g: Array, packed: Array, table: Array) -> Any:
        found = lax.optimization_barrier(table[row])  # looked up once, not for every parameter
        c = layout.c(tuple(packed), tuple(found))
        return *native_update(c, x, g, slots), (row + 1) % len(table)

    def constant(x: Array, slots: Any, g: Array, packed: Array) -> Any:
        return native_update(layout.c(tuple(packed), ()), x, g, slots)

    if layout.varying:
        return jax.jit(varying, donate_argnums=(0, 1, 2))
    return jax.jit(constant, donate_argnums=(0, 1))
