"""One case from many starts and with many hyperparameters at once."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeAlias, get_args, get_type_hints

import numpy as np
from tqdm import tqdm

from backends.equality import equal_fields
from backends.protocol import Derivatives, Ends
from backends.targets import engine, execution, optimizer
from reference import Case, Invalid
from reference.errors import choose
from reference.parameters import real_numbers

Numbers: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Sweep:
    """Where every member of a sweep ended.

    Sweeps can be pickled and copied. They are equal if they are of equal cases, run in the same
    way, and hold the same bits.

    The members are laid out on a grid of shape (S, ...): the S starts first, then an axis for each
    hyperparameter, in the order given.

    Attributes
    ----------
    starts
        (S, d), float64.
    hyper
        The values of each hyperparameter, 1-D, float64.
    points
        (S, ..., d), the last points, in the case's dtype.
    values
        (S, ...), the objective there, on all data.
    steps
        (S, ...), int64, how many updates were taken; a diverged member goes on to the end.
    reached
        (S, ...), bool, whether the case's stop held.
    """

    case: Case
    target: str
    derivatives: Derivatives
    starts: Numbers
    hyper: Mapping[str, Numbers]
    points: Numbers
    values: Numbers
    steps: np.ndarray[Any, Any]
    reached: np.ndarray[Any, Any]

    @cached_property
    def status(self) -> Numbers:
        """How each ended, (S, ...), strings.

        "finished" after all steps; "converged" when the case's stop held; "diverged" when the last
        point or its value is not finite. Points on the way are not looked at.
        """
        finite = np.isfinite(self.values)
        for column in np.moveaxis(self.points, -1, 0):  # few and long: faster than all(axis=-1)
            finite &= np.isfinite(column)
        status = np.full(finite.shape, "finished", f"U{len('converged')}")
        status[self.reached] = "converged"
        status[~finite] = "diverged"
        return status

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sweep) and equal_fields(self, other)

    def __hash__(self) -> int:
        return hash((self.case, self.target, self.derivatives))

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the fields; the status is made again."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def sweep(
    case: Case,
    starts: Any = None,
    hyper: Mapping[str, Any] | None = None,
    target: str = "numpy:cpu",
    derivatives: str | None = None,
    progress: bool = True,
) -> Sweep:
    """Run ``case`` from each of ``starts`` with each combination of ``hyper``, many at a time.

    Each member takes the steps that `run` would take, on the same minibatches; it agrees with it
    within the bound that rounding sets, not bit for bit. No array
    holds more than the engine's ``NUMBERS`` at a time, but for those of the result.

    Parameters
    ----------
    case
        What to run; its start and hyperparameters serve where none are given here.
    starts
        (S, d) finite numbers, or None for the case's own start alone.
    hyper
        Lists of values for real-valued hyperparameters, such as ``{"lr": [0.1, 0.2]}``.
    target, derivatives
        As for `run`. The documents' arithmetic is ``run(..., mode="eager")``; a sweep has one mode.
    progress
        Show a progress bar on a terminal.

    Raises
    ------
    reference.Unknown, reference.Invalid
        An unknown target, way to differentiate or hyperparameter; starts or values that the case
        does not admit; an optimizer that has no start of its own to choose.
    Unsupported
        What this target cannot do here, with the reason.
    """
    if not isinstance(case, Case):
        raise Invalid(f"case = {case!r}: expected a reference.Case")
    if case.spec.start is not None:
        raise Invalid(f"{case.optimizer} starts from its own hyperparameters: nothing to sweep")
    x0 = _starts(case, starts)
    lists = {name: _values(case, name, given) for name, given in (hyper or {}).items()}
    on = engine(target, case.dtype)
    how = execution(target, derivatives=derivatives)
    native = optimizer(target, case.optimizer)
    shape = (len(x0), *map(len, lists.values()))
    found: list[Ends] = []
    with on.scope():
        for part in _parts(math.prod(shape), max(1, on.NUMBERS // _width(case)), progress):
            members = _members(part, x0, lists)
            found.append(on.sweep(native, case, how.derivatives, *members))
    joined: Any = found[0] if len(found) == 1 else map(np.concatenate, zip(*found, strict=True))
    ends = (array.reshape(*shape, *array.shape[1:]) for array in joined)
    return Sweep(case, target, how.derivatives, x0, lists, *ends)


def _starts(case: Case, starts: Any) -> Numbers:
    x0 = case.start_point[None] if starts is None else real_numbers("starts", starts, case.dtype)
    if x0.ndim != 2 or x0.shape[1] != len(case.start_point) or len(x0) == 0:
        raise Invalid(
            f"starts of shape {x0.shape}: expected (S, {len(case.start_point)}), a row of "
            f"{len(case.start_point)} numbers for each of one or more starts"
        )
    return x0


def _values(case: Case, name: str, given: Any) -> Numbers:
    """The values of one hyperparameter, checked against its range, which is an interval."""
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
    """How many numbers the largest array of a member has."""
    data = case.constants.get("data")
    d = len(case.start_point)
    return max(d if case.spec.elementwise else d**2, 0 if data is None else len(data))


def _parts(size: int, length: int, progress: bool) -> Iterator[slice]:
    """Cut ``size`` members into like parts of at most ``length``, with a bar of members done."""
    length = math.ceil(size / math.ceil(size / length))
    with tqdm(
        total=size, unit="member", unit_scale=True, disable=None if progress else True
    ) as bar:
        for start in range(0, size, length):
            part = slice(start, min(start + length, size))
            yield part
            bar.update(part.stop - start)


def _members(
    part: slice, x0: Numbers, lists: Mapping[str, Numbers]
) -> tuple[Numbers, dict[str, Numbers], Numbers]:
    """A part of the grid laid out in a row: starts, combinations, and which is each member's.

    Members next to each other share a start and go through the combinations of hyperparameters;
    where there are more of these than members, each member has its own.
    """
    if not lists:
        return x0[part], {}, np.zeros(part.stop - part.start, np.int64)
    shape = tuple(map(len, lists.values()))
    count, places = math.prod(shape), np.arange(part.start, part.stop)
    used = np.arange(count) if count < len(places) else places % count
    which = places % count if count < len(places) else np.arange(len(places))
    columns = np.unravel_index(used, shape)
    combined = {n: v[i] for (n, v), i in zip(lists.items(), columns, strict=True)}
    return x0[places // count], combined, which
