"""The Python loops shared by the backends: trajectories in eager mode, and sweeps."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backends.binding import batches
from backends.coefficients import Number, Schedule
from backends.native import Hyper, Native, Slots, Stepped
from backends.protocol import Ends, Engine, Rows
from reference import Case
from reference.arrays import Bools, Floats
from reference.objective import Objective
from reference.spec import Array

CHUNK = 2**22  # numbers in memory while the values of a path are computed

Step: TypeAlias = Callable[[int, Objective, Array, Slots[Array]], Stepped]


def scheduled(native: Native, h: Hyper) -> Step:
    """Return ``step(t, f, x, slots) -> (x, slots)``, whose coefficients are Python floats."""
    coefficients, step = native.coefficients, native.step
    return lambda t, f, x, s: step(coefficients(h, t), f, x, s)


def walk(
    step: Step,
    case: Case,
    objective: Objective,
    x: Array,
    s: Slots[Array],
    copy: Callable[[Array], Array],
) -> tuple[list[Array], Bools]:
    """Run the case from ``x`` until its stopping rule holds.

    Returns a copy of every point, n + 1 arrays (d,), and whether the rule held after each step,
    (steps,).
    """
    points, indices = [copy(x)], batches(case)
    reached = np.zeros(case.steps, dtype=bool)
    for t in range(1, case.steps + 1):
        f = objective if indices is None else objective.restricted(objective.k.data[indices[t - 1]])
        x, s = step(t, f, x, s)
        points.append(copy(x))
        if case.stop is not None:
            stopped = case.stop.reached(objective.xp, objective, points[-2], points[-1])
            reached[t - 1] = bool(stopped)
            if reached[t - 1]:
                break
    return points, reached


def of_members(case: Case, swept: Mapping[str, Floats]) -> SimpleNamespace:
    """Return the case's hyperparameters, with swept ones (K,) as columns (K, 1)."""
    columns = {name: values[:, None] for name, values in swept.items()}
    return SimpleNamespace(**{**vars(case.hyperparameters), **columns})


def of_all(engine: Engine[Array], native: Native, h: Hyper) -> Step:
    """Return ``step(t, f, x, slots) -> (x, slots)`` for M members, ``x`` being (M, d).

    Coefficients that depend on a swept hyperparameter are the engine's arrays (M, 1).
    """

    def convert(value: Number) -> Array:
        return engine.array(value) if isinstance(value, np.ndarray) else value

    schedule = Schedule(native, h)
    constants = {n: convert(v) for n, v in schedule.constants.items()} | schedule.conventions

    def step(t: int, f: Objective, x: Array, s: Slots[Array]) -> Stepped:
        varying = zip(schedule.varying, map(convert, schedule.step(t)), strict=True)
        return native.step(SimpleNamespace(**constants, **dict(varying)), f, x, s)

    return step


def sweep(
    engine: Engine[Array],
    native: Native,
    step: Step,
    case: Case,
    objective: Objective,
    start: Floats,
    h: SimpleNamespace,
    copy: Callable[[Array], Array],
) -> Ends:
    """Run M members at once from ``start`` (M, d); a member that has stopped keeps its point.

    A swept hyperparameter in ``h`` is a column (M, 1).
    """
    xp, x, indices = objective.xp, engine.array(start), batches(case)
    on_device = {n: engine.array(v) if isinstance(v, np.ndarray) else v for n, v in vars(h).items()}
    s = native.slots(SimpleNamespace(**on_device), x)
    active = xp.isfinite(x[:, 0])  # all True, on the device: starts are finite
    steps = xp.zeros_like(active, dtype=xp.int64) + (case.steps if case.stop is None else 0)
    for t in range(1, case.steps + 1):
        f = objective if indices is None else objective.restricted(objective.k.data[indices[t - 1]])
        if case.stop is None:
            x, s = step(t, f, x, s)
            continue
        old = copy(x)
        x, s = step(t, f, x, s)
        x = xp.where(active[:, None], x, old)
        steps += active
        active &= ~case.stop.reached(xp, objective, old, x)
        if not active.any():
            break
    values = objective.problem.value(xp, objective.k, x)
    return Ends(*(engine.numpy(array) for array in (x, values, steps, ~active)))


def rows(
    points: Array,
    reached: Bools | None,
    objective: Objective,
    numpy: Callable[[Array], NDArray[Any]],
) -> Rows:
    """Return the `Rows` of points (n + 1, d), with values computed in chunks of bounded memory."""
    data = vars(objective.k).get("data")
    length = max(1, CHUNK // (1 if data is None else len(data)))
    parts = [points[i : i + length] for i in range(0, len(points), length)]
    value = objective.problem.value
    values = np.concatenate([numpy(value(objective.xp, objective.k, part)) for part in parts])
    return Rows(numpy(points), values, reached)
