"""Sweeps: one case from many starts and with many hyperparameters at once."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, get_args, get_type_hints

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from backends.equality import equal_fields
from backends.protocol import Derivatives, Ends
from backends.targets import engine, execution, optimizer
from reference import Case, Invalid
from reference.arrays import Bools, Floats, Ints, Reals, Strings
from reference.errors import choose
from reference.parameters import real_numbers


@dataclass(frozen=True, eq=False)
class Sweep:
    """The last point of every member of a sweep.

    The members form a grid of shape (S, ...): an axis of S starts, then an axis for each
    hyperparameter, in the order given. Sweeps can be pickled. They are equal if their cases, target
    and derivatives are equal and their arrays are bitwise equal.

    Attributes
    ----------
    starts
        (S, d), float64.
    hyper
        The values of each hyperparameter, 1-D, float64.
    points
        (S, ..., d), the last points, in the case's dtype.
    values
        (S, ...), the objective at these points, on all data.
    steps
        (S, ...), int64, the number of updates; a diverged member takes all of them.
    reached
        (S, ...), bool, whether the stopping rule held.
    """

    case: Case
    target: str
    derivatives: Derivatives
    starts: Floats
    hyper: Mapping[str, Floats]
    points: Reals
    values: Reals
    steps: Ints
    reached: Bools

    @cached_property
    def status(self) -> Strings:
        """The status of each member, (S, ...), strings.

        "finished" after all steps; "converged" if the stopping rule held; "diverged" if the last
        point or its value is not finite. Earlier points are not checked.
        """
        finite = np.isfinite(self.values)
        for column in np.moveaxis(self.points, -1, 0):  # faster than all(axis=-1) for small d
            finite &= np.isfinite(column)
        status = np.full(finite.shape, "finished", f"U{len('converged')}")
        status[self.reached] = "converged"
        status[~finite] = "diverged"
        return status

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sweep) and equal_fields(self, other)

    def __hash__(self) -> int:
        return hash((self.case, self.target, self.derivatives))

    def __getstate__(self) -> dict[str, object]:
        """Pickle the fields only; the status is recomputed."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def sweep(
    case: Case,
    starts: ArrayLike | None = None,
    hyper: Mapping[str, ArrayLike] | None = None,
    target: str = "numpy:cpu",
    derivatives: str | None = None,
    progress: bool = True,
) -> Sweep:
    """Run ``case`` from each of ``starts`` with each combination of ``hyper``, vectorised.

    Each member agrees with `run` on the same minibatches within the rounding bound, not bit for
    bit. Intermediate arrays hold at most the engine's ``NUMBERS`` numbers.

    Parameters
    ----------
    case
        What to run; its start and hyperparameters are the defaults.
    starts
        (S, d) finite numbers, or None for the case's start.
    hyper
        Lists of values for real-valued hyperparameters, such as ``{"lr": [0.1, 0.2]}``.
    target, derivatives
        As for `run`. There is no choice of mode.
    progress
        Show a progress bar on a terminal.

    Raises
    ------
    reference.Unknown, reference.Invalid
        If the target, derivatives or a hyperparameter does not exist, a start or value is invalid,
        or the optimizer starts from its hyperparameters, such as bisection.
    Unsupported
        If the target cannot run the case here; the message gives the reason.
    """
    if not isinstance(case, Case):
        raise Invalid(f"case = {case!r}: expected a reference.Case")
    if case.spec.start is not None:
        raise Invalid(f"{case.optimizer} starts from its own hyperparameters: nothing to sweep")
    x0 = _starts(case, starts)
    lists = {name: _values(case, name, given) for name, given in (hyper or {}).items()}
    engine_ = engine(target, case.dtype)
    chosen = execution(target, derivatives=derivatives)
    native = optimizer(target, case.optimizer)
    shape = (len(x0), *map(len, lists.values()))
    found: list[Ends] = []
    with engine_.scope():
        for part in _parts(math.prod(shape), max(1, engine_.NUMBERS // _width(case)), progress):
            members = _members(part, x0, lists)
            found.append(engine_.sweep(native, case, chosen.derivatives, *members))
    joined: Any = found[0] if len(found) == 1 else map(np.concatenate, zip(*found, strict=True))
    ends = (array.reshape(*shape, *array.shape[1:]) for array in joined)
    return Sweep(case, target, chosen.derivatives, x0, lists, *ends)


def _starts(case: Case, starts: ArrayLike | None) -> Floats:
    x0 = case.start_point[None] if starts is None else real_numbers("starts", starts, case.dtype)
    if x0.ndim != 2 or x0.shape[1] != len(case.start_point) or len(x0) == 0:
        raise Invalid(
            f"starts of shape {x0.shape}: expected (S, {len(case.start_point)}), a row of "
            f"{len(case.start_point)} numbers for each of one or more starts"
        )
    return x0


def _values(case: Case, name: str, given: ArrayLike) -> Floats:
    """Validate the values of one hyperparameter; checking the extremes of an interval suffices."""
    hints = get_type_hints(case.spec.hyper, include_extras=True)
    real = [known for known, hint in hints.items() if get_args(hint)[:1] == (float,)]
    choose(f"real-valued hyperparameter of {case.optimizer}", name, real)
    values = real_numbers(name, given, case.dtype, normal=True)
    if values.ndim != 1 or len(values) == 0:
        raise Invalid(f"{name} of shape {values.shape}: expected a list of one or more numbers")
    for extreme in (values.min(), values.max()):
        case.spec.hyper.build(case.optimizer, {**case.hyper, name: float(extreme)})
    return values


def _width(case: Case) -> int:
    """Return the size of a member's largest array."""
    d = len(case.start_point)
    return max(d if case.spec.elementwise else d**2, case.population)


def _parts(size: int, length: int, progress: bool) -> Iterator[slice]:
    """Split ``size`` members into parts of at most ``length``, about equal, with a progress bar."""
    length = math.ceil(size / math.ceil(size / length))
    with tqdm(
        total=size, unit="member", unit_scale=True, disable=None if progress else True
    ) as bar:
        for start in range(0, size, length):
            part = slice(start, min(start + length, size))
            yield part
            bar.update(part.stop - start)


def _members(
    part: slice, x0: Floats, lists: Mapping[str, Floats]
) -> tuple[Floats, dict[str, Floats], Ints]:
    """Return a part of the flattened grid: starts (M, d), combinations (K,), and indices (M,).

    The combinations are the last axis of the grid. A part with no more members than there are
    combinations gets a combination for each member; otherwise all are passed once.
    """
    if not lists:
        return x0[part], {}, np.zeros(part.stop - part.start, np.int64)
    shape = tuple(map(len, lists.values()))
    total, positions = math.prod(shape), np.arange(part.start, part.stop)
    used = np.arange(total) if total < len(positions) else positions % total
    which = positions % total if total < len(positions) else np.arange(len(positions))
    columns = np.unravel_index(used, shape)
    combined = {n: v[i] for (n, v), i in zip(lists.items(), columns, strict=True)}
    return x0[positions // total], combined, which
