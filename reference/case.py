"""A case: one optimizer on one problem, from one start, for so many steps, in one precision."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from reference import optimizers, problems
from reference.errors import Invalid, choose
from reference.objective import Objective
from reference.parameters import (
    Count,
    Decay,
    NonNegative,
    Parameters,
    Positive,
    Seed,
    real_numbers,
)
from reference.registry import discover
from reference.spec import Array, Namespace, Optimizer, Problem

OPTIMIZERS = discover("optimizer", optimizers)
PROBLEMS = discover("problem", problems)
DTYPES = ("float32", "float64")

Ints: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]


class AllClose(Parameters):
    """Stop when a step moves no coordinate by more than ``atol + rtol * |old|``.

    This is ``numpy.allclose(new, old, rtol, atol)``, the third document's rule.
    """

    atol: NonNegative = 1e-6
    rtol: Decay = 1e-5

    def evaluations(self) -> dict[str, int]:
        return {}

    def reached(self, xp: Namespace, f: Objective, old: Array, new: Array) -> Array:
        return xp.all(abs(new - old) <= self.atol + self.rtol * abs(old), -1)


class GradientNorm(Parameters):
    """Stop when the Euclidean norm of the gradient at the new point is at most ``tolerance``."""

    tolerance: Positive = 1e-6

    def evaluations(self) -> dict[str, int]:
        return {"gradient": 1}

    def reached(self, xp: Namespace, f: Objective, old: Array, new: Array) -> Array:
        return xp.sum(f.gradient(new) ** 2, -1) <= self.tolerance**2


class Batch(Parameters):
    """Minibatches of ``size`` data, drawn with ``seed``, the same on every backend.

    With ``replace`` each datum is drawn independently; without, every epoch is a fresh
    shuffle cut into whole batches, what is left over being dropped. Size 1 is stochastic
    gradient descent.
    """

    size: Count = 32
    seed: Seed = 0
    replace: bool = False

    def indices(self, population: int, steps: int) -> Ints:
        """Return the data indices of each step, shape (steps, size), int64."""
        rng = np.random.Generator(np.random.PCG64(self.seed))
        if self.replace:
            return rng.integers(population, size=(steps, self.size))
        per_epoch = population // self.size
        epochs = [
            rng.permutation(population)[: per_epoch * self.size]
            for _ in range(math.ceil(steps / per_epoch))
        ]
        return np.concatenate([np.empty(0, np.int64), *epochs]).reshape(-1, self.size)[:steps]


Stop: TypeAlias = AllClose | GradientNorm


@dataclass(frozen=True, eq=False)
class Case:
    """What to run, checked when it is made.

    Parameters
    ----------
    optimizer
        An id of `OPTIMIZERS`.
    problem
        An id of `PROBLEMS`, or a `Problem` of your own.
    params, hyper
        The problem's and the optimizer's parameters; defaults for those left out.
    start
        d finite numbers; None for the problem's (or the bracket's) own.
    steps
        How many updates, at least 0.
    dtype
        "float32" or "float64".
    stop
        `AllClose` or `GradientNorm`; None to take every step.
    batch
        `Batch`, for problems with data.

    Raises
    ------
    Invalid
        Anything that cannot be run, naming the value and what was expected.
    """

    optimizer: str
    problem: str | Problem
    params: Mapping[str, Any] = field(default_factory=dict)
    hyper: Mapping[str, Any] = field(default_factory=dict)
    start: Sequence[float] | None = None
    steps: int = 10
    dtype: str = "float64"
    stop: Stop | None = None
    batch: Batch | None = None

    def __post_init__(self) -> None:
        choose("dtype", self.dtype, DTYPES)
        if isinstance(self.steps, bool) or not isinstance(self.steps, (int, np.integer)):
            raise Invalid(f"steps = {self.steps!r}: expected a whole number, 0 or more")
        if self.steps < 0:
            raise Invalid(f"steps = {self.steps!r}: expected a whole number, 0 or more")
        if self.stop is not None and not isinstance(self.stop, (AllClose, GradientNorm)):
            raise Invalid(
                f"stop = {self.stop!r}: expected AllClose(...), GradientNorm(...) or None"
            )
        self._freeze()
        self.h.check_finite(self.optimizer, self.dtype)
        self.p.check_finite(self.objective.id, self.dtype)
        self._check_start()
        self._check_batch()

    def _freeze(self) -> None:
        """Make the parameters, and keep them whatever becomes of what they were given in."""
        _ = self.h, self.p
        object.__setattr__(self, "hyper", MappingProxyType(dict(self.hyper)))
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))
        if self.start is not None:
            given = real_numbers("start", self.start, self.dtype)
            object.__setattr__(self, "start", tuple(given.tolist()) if given.ndim else float(given))

    def _check_start(self) -> None:
        dimension = len(self._own_start)
        if self.spec.dimension not in (None, dimension):
            raise Invalid(
                f"{self.optimizer} on {self.objective.id}: it works in {self.spec.dimension} "
                f"dimension, and this problem has {dimension}"
            )
        if self.start is not None and self.spec.start is not None:
            raise Invalid(
                f"start = {self.start!r}: {self.optimizer} starts from its own hyperparameters; "
                "leave start out"
            )
        if self.x0.shape != (dimension,):
            raise Invalid(
                f"start = {self.start!r}: expected {dimension} numbers, the dimension of "
                f"{self.objective.id} with these parameters"
            )

    def _check_batch(self) -> None:
        if self.batch is None:
            return
        if not isinstance(self.batch, Batch):
            raise Invalid(f"batch = {self.batch!r}: expected Batch(size=...) or None")
        data = self.objective.constants(self.p).get("data")
        if data is None:
            raise Invalid(f"batch = {self.batch!r}: {self.objective.id} has no data to draw from")
        if self.batch.size > len(data):
            raise Invalid(f"batch size = {self.batch.size}: expected at most {len(data)}, all data")

    @cached_property
    def spec(self) -> Optimizer:
        """The optimizer's facts and specification."""
        found: Optimizer = OPTIMIZERS[self.optimizer]
        return found

    @cached_property
    def objective(self) -> Problem:
        """The problem itself."""
        if isinstance(self.problem, Problem):
            return self.problem
        found: Problem = PROBLEMS[self.problem]
        return found

    @cached_property
    def h(self) -> Any:
        """All hyperparameters, an instance of ``spec.hyper``."""
        return self.spec.hyper.build(self.optimizer, self.hyper)

    @cached_property
    def p(self) -> Any:
        """All the problem's parameters, an instance of ``objective.params``."""
        return self.objective.params.build(self.objective.id, self.params)

    @cached_property
    def _own_start(self) -> Sequence[float]:
        self.objective.constants(self.p)  # raises where the parameters do not fit together
        return self.objective.start(self.p)

    @cached_property
    def x0(self) -> Floats:
        """The start, shape (d,), float64."""
        own = self.spec.start(self.h) if self.spec.start else self._own_start
        return np.array(own if self.start is None else self.start, dtype=np.float64)

    @cached_property
    def identity(self) -> tuple[Any, ...]:
        """All that determines the result, hashable; equal cases have equal identities."""
        return (
            self.optimizer,
            self.objective,
            self.p,
            self.h,
            tuple(self.x0.tolist()),
            int(self.steps),
            self.dtype,
            self.stop,
            self.batch,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Case) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)
