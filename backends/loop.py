"""The loop in Python that every backend's eager mode runs: a step, a copy, and the stop."""

from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from backends.protocol import Ends, Engine, Rows
from reference import Case
from reference.objective import Objective
from reference.spec import Array

CHUNK = 2**22  # numbers held at once while the values of a whole path are computed


class State(NamedTuple):
    """An updater's state: parameters (n,), the optimizer's slots, and how many steps were taken."""

    x: Array
    slots: Any
    t: Any


def slots(optimizer: Any, h: Any, x: Array) -> Any:
    """The optimizer's state to go with ``x``; an optimizer without ``slots`` has none."""
    return optimizer.slots(h, x) if hasattr(optimizer, "slots") else ()


def turning(optimizer: Any, h: Any) -> Callable[[Any], Any]:
    """What an update takes of the step's number: the number, or the optimizer's factors of it."""
    return partial(optimizer.factors, h) if hasattr(optimizer, "factors") else lambda t: t


def stepper(optimizer: Any) -> Callable[..., Any]:
    """The optimizer's ``step``; a first-order one's is its ``update`` at the gradient."""
    if hasattr(optimizer, "step"):
        own: Callable[..., Any] = optimizer.step
        return own
    update, factors = optimizer.update, getattr(optimizer, "factors", None)

    def step(h: Any, f: Objective, x: Array, s: Any, t: Any) -> Any:
        return update(h, x, f.gradient(x), s, factors(h, t) if factors else t)

    return step


def batches(case: Case) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    """The data indices of each step, (steps, size), or None where every step uses all data."""
    if case.batch is None:
        return None
    return case.batch.indices(len(case.objective.constants(case.p)["data"]), case.steps)


def walk(
    step: Callable[..., Any],
    case: Case,
    whole: Objective,
    x: Array,
    s: Any,
    copy: Callable[[Array], Array],
) -> tuple[list[Array], np.ndarray[Any, np.dtype[np.bool_]]]:
    """Take the case's steps from ``x``; return a copy of every point, and where the stop held."""
    points, drawn = [copy(x)], batches(case)
    reached = np.zeros(case.steps, dtype=bool)
    for t in range(1, case.steps + 1):
        f = whole if drawn is None else whole.restricted(whole.k.data[drawn[t - 1]])
        x, s = step(case.h, f, x, s, t)
        points.append(copy(x))
        if case.stop is not None:
            reached[t - 1] = bool(case.stop.reached(whole.xp, whole, points[-2], points[-1]))
            if reached[t - 1]:
                break
    return points, reached


def sweep(
    engine: Engine,
    optimizer: Any,
    step: Callable[..., Any],
    case: Case,
    whole: Objective,
    start: np.ndarray[Any, Any],
    own: Mapping[str, np.ndarray[Any, Any]],
    copy: Callable[[Array], Array],
) -> Ends:
    """Take the case's steps from M starts at once; what has stopped keeps its place.

    ``own`` has each member's hyperparameters by name, (M,).
    """
    xp, x, drawn = whole.xp, engine.array(start), batches(case)
    h = SimpleNamespace(**{**vars(case.h), **{n: engine.array(v[:, None]) for n, v in own.items()}})
    s = slots(optimizer, h, x)
    going = xp.isfinite(x[:, 0])  # all of them: a start is finite
    steps = xp.zeros_like(going, dtype=xp.int64) + (case.steps if case.stop is None else 0)
    for t in range(1, case.steps + 1):
        f = whole if drawn is None else whole.restricted(whole.k.data[drawn[t - 1]])
        if case.stop is None:
            x, s = step(h, f, x, s, t)
            continue
        old = copy(x)
        x, s = step(h, f, x, s, t)
        x = xp.where(going[:, None], x, old)
        steps += going
        going &= ~case.stop.reached(xp, whole, old, x)
        if not going.any():
            break
    values = whole.problem.value(xp, whole.k, x)
    return Ends(*(engine.numpy(array) for array in (x, values, steps, ~going)))


def rows(
    points: Array, reached: Any, whole: Objective, numpy: Callable[[Array], np.ndarray[Any, Any]]
) -> Rows:
    """Complete a trajectory with the objective's values, a bounded part of it at a time."""
    data = getattr(whole.k, "data", None)
    length = max(1, CHUNK // (1 if data is None else len(data)))
    parts = [points[i : i + length] for i in range(0, len(points), length)]
    values = np.concatenate([numpy(whole.problem.value(whole.xp, whole.k, part)) for part in parts])
    return Rows(numpy(points), values, reached)
