"""The jitted programs: trajectories, sweeps and updates.

A program's static argument, a `Key` or `Layout`, holds no hyperparameters. Learning rates,
schedules, starts and data are traced arguments, so new values do not recompile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jax import Array, lax

from backends import loop
from backends.coefficients import Layout
from backends.native import Slots, Stepped, Values, with_norm
from backends.protocol import Derivatives
from reference import Problem
from reference.case import Stop
from reference.objective import Objective

KEPT = 128  # size of each cache of programs

Constants: TypeAlias = dict[str, Array]
Batches: TypeAlias = Array | None  # the minibatch of each step, if there are any
Part: TypeAlias = tuple[Array, Batches]  # a table of coefficients, and the minibatches
DeviceRows: TypeAlias = tuple[Array, Array, Array | None]  # `backends.protocol.Rows`, not copied
Sharding: TypeAlias = jax.sharding.Sharding | None
DeviceEnds: TypeAlias = tuple[Array, Array, Array, Array]


@dataclass(frozen=True)
class Key:
    """The static argument of a program of a case."""

    layout: Layout
    problem: Problem
    objective: Callable[[Problem, Constants, Derivatives], Objective]
    derivatives: Derivatives
    stop: Stop | None

    def bind(self, k: Constants) -> Objective:
        """Make the objective with traced constants."""
        return self.objective(self.problem, k, self.derivatives)

    def reached(self, f: Objective, old: Array, new: Array) -> Array | None:
        """Return whether the stopping rule holds; None without one."""
        return self.stop and self.stop.reached(jnp, f, old, new)


@lru_cache(maxsize=KEPT)
def trajectory(key: Key) -> Callable[..., DeviceRows]:
    """Return the jitted `lax.scan` of a case: (start, numbers, table, k, batches) -> `DeviceRows`.

    ``numbers`` and ``table`` are those of `backends.coefficients.Numbers`.
    """
    step, layout = key.layout.native.step, key.layout

    def program(
        x: Array, packed: Array, table: Array, k: Constants, batches: Batches
    ) -> DeviceRows:
        objective, numbers = key.bind(k), tuple(packed)

        def body(
            carry: Stepped, each: tuple[Array, Batches]
        ) -> tuple[Stepped, tuple[Array, Array | None]]:
            (x, s), (row, batch) = carry, each
            f = objective if batch is None else objective.restricted(objective.k.data[batch])
            new, s = step(layout.c(numbers, row), f, x, s)
            return (new, s), (new, key.reached(objective, x, new))

        start = x, layout.native.slots(layout.h(numbers), x)
        _, (later, reached) = lax.scan(body, start, (table, batches), len(table))
        points = jnp.concatenate([x[None], later])
        part = max(1, loop.CHUNK // len(k.get("data", (0,))))
        value = partial(objective.problem.value, jnp, objective.k)
        values = value(points) if len(points) <= part else lax.map(value, points, batch_size=part)
        return points, values, reached

    compiled: Callable[..., DeviceRows] = jax.jit(program)
    return compiled


class Member(NamedTuple):
    """The loop-carried state of a member: point, slots, steps taken, whether it has stopped."""

    x: Array
    slots: Slots[Array]
    steps: Array
    reached: Array


@dataclass(frozen=True)
class Sweep:
    """The programs of a sweep, each vmapped over all members.

    ``all_steps`` runs the sweep in one call. If the table of coefficients is too large for that,
    ``begin`` makes the members, ``advance`` takes the steps of a part of the table, and ``end``
    returns the `DeviceEnds`.
    """

    all_steps: Callable[..., DeviceEnds]
    begin: Callable[..., Member]
    advance: Callable[..., Member]
    end: Callable[..., DeviceEnds]

    def run(
        self, starts: Array, given: tuple[Array, Array], parts: list[Part], k: Constants
    ) -> DeviceEnds:
        """Take the steps of all ``parts``, each (table, batches); ``given`` is (which, numbers)."""
        if len(parts) == 1:
            return self.all_steps(starts, *given, *parts[0], k)
        members = self.begin(starts, *given)
        for table, batches in parts:
            members = self.advance(members, *given, table, batches, k)
        return self.end(members, k)


@lru_cache(maxsize=KEPT)
def sweep(key: Key, shared: bool) -> Sweep:
    """Compile a sweep; with ``shared`` all members have the same hyperparameters."""
    step, layout = key.layout.native.step, key.layout
    which = None if shared else 0

    def begin(x: Array, which: Array, packed: Array) -> Member:
        slots = layout.native.slots(layout.h(tuple(packed[which])), x)
        return Member(x, slots, jnp.array(0, jnp.int32), jnp.array(False))

    def advance(
        member: Member, which: Array, packed: Array, table: Array, batches: Batches, k: Constants
    ) -> Member:
        objective, numbers = key.bind(k), tuple(packed[which])

        def body(i: Array, member: Member) -> Member:
            old, s, steps, reached = member
            f = objective if batches is None else objective.restricted(objective.k.data[batches[i]])
            row = table[which, i] if layout.varying else ()
            x, s = step(layout.c(numbers, row), f, old, s)
            if key.stop is None:
                return Member(x, s, steps, reached)
            x = jnp.where(reached, old, x)
            return Member(x, s, steps + ~reached, reached | key.reached(objective, old, x))

        advanced: Member = lax.fori_loop(0, table.shape[1], body, member)
        return advanced

    def end(member: Member, k: Constants) -> DeviceEnds:
        objective = key.bind(k)
        values = objective.problem.value(jnp, objective.k, member.x)
        return member.x, values, member.steps, member.reached

    def all_steps(
        x: Array, which: Array, packed: Array, table: Array, batches: Batches, k: Constants
    ) -> DeviceEnds:
        return end(advance(begin(x, which, packed), which, packed, table, batches, k), k)

    def mapped(function: Callable[..., object], *rest: None) -> Any:
        return jax.jit(jax.vmap(function, in_axes=(0, which, None, *rest)))

    return Sweep(
        mapped(all_steps, None, None, None),
        mapped(begin),
        mapped(advance, None, None, None),
        jax.jit(jax.vmap(end, in_axes=(0, None))),
    )


@lru_cache(maxsize=KEPT)
def update(layout: Layout, placement: Sharding = None, everywhere: Sharding = None) -> Any:
    """Compile an update with donated buffers of x, slots and row.

    (x, slots, row, g, table) -> (x, slots, next row), where ``row``, a counter on the device, is
    the step's index in ``table``, whose rows have all coefficients: an argument less is worth
    more than a smaller table. If no coefficient depends on the step,
    (x, slots, g, constants) -> (x, slots).

    With a ``placement`` the arrays of n parameters stay there, and ``row`` is ``everywhere``; a
    norm of the gradient communicates one number.
    """
    native_update, norm = layout.native.update, layout.native.norm
    assert native_update is not None

    def updated(c: Values, x: Array, g: Array, slots: Slots[Array]) -> Stepped:
        return native_update(c if norm is None else with_norm(c, norm(g)), x, g, slots)

    def varying(
        x: Array, slots: Slots[Array], row: Array, g: Array, table: Array
    ) -> tuple[Array, Slots[Array], Array]:
        found = lax.optimization_barrier(table[row])  # keeps the lookup out of the fused loop
        fixed = len(found) - len(layout.varying)
        c = layout.c(tuple(found[:fixed]), tuple(found[fixed:]))
        return *updated(c, x, g, slots), (row + 1) % len(table)

    def constant(x: Array, slots: Slots[Array], g: Array, fixed: Array) -> Stepped:
        return updated(layout.c(tuple(fixed), ()), x, g, slots)

    if layout.varying:
        where = placement and (placement, placement, everywhere)
        return jax.jit(varying, donate_argnums=(0, 1, 2), out_shardings=where)
    return jax.jit(constant, donate_argnums=(0, 1), out_shardings=placement)


norm: Callable[[Array], Array] = jax.jit(jnp.linalg.norm)
"""The Euclidean norm; of an array over several devices, each squares and sums its own part."""
