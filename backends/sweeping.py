"""Sweeps: one case from many starts and with many hyperparameters at once."""

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from backends.equality import equal_fields
from backends.protocol import Derivatives, Ends
from backends.targets import engine, execution, implementation, numbers
from reference import Case, Invalid
from reference.arrays import Bools, Floats, Ints, Reals, Strings
from reference.errors import choose
from reference.parameters import is_real, real_numbers

IN_FLIGHT = 4 * (os.cpu_count() or 1)  # blocks on an executor at a time


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
    executor: Executor | None = None,
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
    executor
        Where to compute parts of the sweep: threads, processes, or a cluster by
        ``distributed.Client.get_executor()``. None computes them here, one after another.

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
    lists = {name: checked_values(case, name, given) for name, given in (hyper or {}).items()}
    chosen = execution(target, derivatives=derivatives)
    shape = (len(x0), *map(len, lists.values()))
    size = math.prod(shape)
    grid = Grid(case, target, chosen.derivatives, lists)
    blocks = (grid.block(part, x0.__getitem__) for part in parts(size, grid.length(size)))
    with tqdm(
        total=size, unit="member", unit_scale=True, disable=None if progress else True
    ) as bar:
        found: list[Ends] = []
        for ends in _computed(blocks, executor):
            found.append(ends)
            bar.update(len(ends.steps))
    joined: Any = found[0] if len(found) == 1 else map(np.concatenate, zip(*found, strict=True))
    arrays = (array.reshape(*shape, *array.shape[1:]) for array in joined)
    return Sweep(case, target, chosen.derivatives, x0, lists, *arrays)


def _starts(case: Case, starts: ArrayLike | None) -> Floats:
    x0 = case.start_point[None] if starts is None else real_numbers("starts", starts, case.dtype)
    if x0.ndim != 2 or x0.shape[1] != len(case.start_point) or len(x0) == 0:
        raise Invalid(
            f"starts of shape {x0.shape}: expected (S, {len(case.start_point)}), a row of "
            f"{len(case.start_point)} numbers for each of one or more starts"
        )
    return x0


def checked_values(case: Case, name: str, given: ArrayLike) -> Floats:
    """Validate the values of one hyperparameter; checking the extremes of an interval suffices."""
    hints = get_type_hints(case.spec.hyper, include_extras=True)
    real = [known for known, hint in hints.items() if is_real(hint)]
    choose(f"real-valued hyperparameter of {case.optimizer}", name, real)
    values = real_numbers(name, given, case.dtype, normal=True)
    if values.ndim != 1 or len(values) == 0:
        raise Invalid(f"{name} of shape {values.shape}: expected a list of one or more numbers")
    for extreme in (values.min(), values.max()):
        case.spec.hyper.build(case.optimizer, {**case.hyper, name: float(extreme)})
    return values


@dataclass(frozen=True, eq=False)
class Block:
    """M members to compute at once: the arguments of `protocol.Engine.sweep`, picklable."""

    case: Case
    target: str
    derivatives: Derivatives
    starts: Floats
    combined: Mapping[str, Floats]
    which: Ints


@dataclass(frozen=True, eq=False)
class Grid:
    """The grid of a sweep without its starts: the hyperparameters' values, and where it is run.

    Its members are numbered in C order, the starts being the first axis. Bits may depend on a
    member's place in its block, so a grid is always cut at the multiples of one length.
    """

    case: Case
    target: str
    derivatives: Derivatives
    lists: Mapping[str, Floats]

    def length(self, size: int) -> int:
        """Return the length of the blocks of a grid of ``size`` members, about equal."""
        most = max(1, numbers(self.target) // self.width)
        return -(-size // -(-size // most))

    @property
    def width(self) -> int:
        """The size of a member's largest array."""
        d = len(self.case.start_point)
        return max(d if self.case.spec.elementwise else d**2, self.case.population)

    def block(self, part: slice, starts: Callable[[Ints | slice], Floats]) -> Block:
        """Make the block of a part of the grid; ``starts`` returns the rows (M, d) of M starts.

        It is given their indices, or the slice of them.

        The combinations of hyperparameters are the last axis of the grid. A part with no more
        members than there are combinations gets a combination for each member; otherwise all are
        passed once.
        """
        size, shape = part.stop - part.start, tuple(map(len, self.lists.values()))
        about = self.case, self.target, self.derivatives
        if not shape:
            return Block(*about, starts(part), {}, np.zeros(size, np.int64))
        positions, total = np.arange(part.start, part.stop), math.prod(shape)
        used = np.arange(total) if total < size else positions % total
        which = positions % total if total < size else np.arange(size)
        columns = np.unravel_index(used, shape)
        combined = {n: v[i] for (n, v), i in zip(self.lists.items(), columns, strict=True)}
        return Block(*about, starts(positions // total), combined, which)


def compute(block: Block) -> Ends:
    """Run the members of a block."""
    engine_ = engine(block.target, block.case.dtype)
    h = block.case.hyperparameters
    native = implementation(block.target, block.case.optimizer, h, block.combined)
    members = block.starts, block.combined, block.which
    with engine_.scope():
        return engine_.sweep(native, block.case, block.derivatives, *members)


def _computed(blocks: Iterable[Block], executor: Executor | None) -> Iterator[Ends]:
    """Compute the blocks in order, with a bounded number of them on the executor."""
    if executor is None:
        yield from map(compute, blocks)
        return
    waiting: deque[Future[Ends]] = deque()
    try:
        for block in blocks:
            waiting.append(executor.submit(compute, block))
            if len(waiting) >= IN_FLIGHT:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def parts(size: int, length: int) -> Iterator[slice]:
    """Split ``size`` members into parts of ``length``, of which the last may be shorter."""
    for start in range(0, size, length):
        yield slice(start, min(start + length, size))
