"""A case: one optimizer on one problem, from one start, for so many steps, in one precision."""

import hashlib
import inspect
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from reference import problems
from reference.arrays import Floats, Ints
from reference.errors import Invalid, Unknown, choose, shown
from reference.objective import Objective
from reference.parameters import (
    Count,
    Decay,
    NonNegative,
    Parameters,
    Seed,
    Squarable,
    real_numbers,
)
from reference.registry import Registry, discover
from reference.run import DEFAULTS, DIGEST, DTYPES, MOST_STEPS, Run
from reference.spec import Array, Constant, Namespace, Problem

PROBLEMS: Registry[Problem] = discover("problem", problems)


class AllClose(Parameters):
    """Stop when |new - old| <= atol + rtol * |old| holds for every coordinate of a step.

    This is ``numpy.allclose(new, old, rtol, atol)``. A NaN never stops a run.

    Attributes
    ----------
    atol
        The absolute tolerance, as in numpy.allclose, where its default is 1e-8.
    rtol
        The relative tolerance, a factor of the old coordinate's absolute value.
    """

    atol: NonNegative = 1e-6
    rtol: Decay = 1e-5

    def evaluations(self) -> dict[str, int]:
        return {}

    def reached(self, xp: Namespace, f: Objective, old: Array, new: Array) -> Array:
        return xp.all(abs(new - old) <= self.atol + self.rtol * abs(old), -1)


class GradientNorm(Parameters):
    """Stop when the Euclidean norm of the gradient at the new point is at most ``tolerance``.

    Attributes
    ----------
    tolerance
        The norm of the gradient, not its square, at or below which the run stops.
    """

    tolerance: Squarable = 1e-6

    def evaluations(self) -> dict[str, int]:
        return {"gradient": 1}

    def reached(self, xp: Namespace, f: Objective, old: Array, new: Array) -> Array:
        return xp.sum(f.gradient(new) ** 2, -1) <= self.tolerance**2


class Batch(Parameters):
    """Minibatches, the same on every backend.

    Without ``replace``, every epoch is a new shuffle cut into batches of ``size``, the remainder
    dropped, as torch's DataLoader with ``shuffle=True`` and ``drop_last=True``.

    Attributes
    ----------
    size
        The number of data points in a batch, at most all; batch_size of torch's DataLoader.
    seed
        The seed of numpy's PCG64 generator.
    replace
        Whether data points are drawn with replacement, or each at most once an epoch.
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
STOPS: dict[str, type[Stop]] = {"allclose": AllClose, "gradient_norm": GradientNorm}


@dataclass(frozen=True, eq=False, init=False)
class Case(Run):
    """What to run: immutable, hashable, and validated on construction.

    A case can be pickled, and equal cases are equal in another process. A case of a custom
    `Problem` can be pickled if the problem's functions can, which lambdas cannot.

    Parameters
    ----------
    optimizer
        An id of `OPTIMIZERS`.
    problem
        An id of `PROBLEMS`, or a custom `Problem`.
    params, hyper
        The problem's and the optimizer's parameters; defaults for those left out.
    start
        d finite numbers; None for the problem's start. Must be None for an optimizer that starts
        from its hyperparameters, such as bisection.
    steps
        How many updates, from 0 to 10**9.
    dtype
        "float32" or "float64".
    stop
        `AllClose` or `GradientNorm`; None to take every step.
    batch
        `Batch`, for problems with data.

    Raises
    ------
    Invalid
        If the case cannot be run; the message names the value and what was expected.

    Examples
    --------
    >>> case = Case("gd", "quadratic", {"coefficients": (1.0,)}, {"lr": 0.2}, start=(10.0,))
    >>> case.digest
    'ce8e1d0b980da90f'
    >>> Case.from_json(case.to_json()) == case
    True
    """

    optimizer: str
    problem: Problem
    params: Mapping[str, object]
    hyper: Mapping[str, object]
    start: float | tuple[float, ...] | None
    steps: int
    dtype: str
    stop: Stop | None
    batch: Batch | None

    def __init__(
        self,
        optimizer: str,
        problem: str | Problem,
        params: Mapping[str, object] = DEFAULTS,
        hyper: Mapping[str, object] = DEFAULTS,
        start: ArrayLike | None = None,
        steps: int = 10,
        dtype: str = "float64",
        stop: Stop | None = None,
        batch: Batch | None = None,
    ) -> None:
        given = {
            "optimizer": optimizer,
            "problem": problem if isinstance(problem, Problem) else PROBLEMS[problem],
            "params": params,
            "hyper": hyper,
            "start": start,
            "steps": steps,
            "dtype": choose("dtype", dtype, DTYPES),
            "stop": stop,
            "batch": batch,
        }
        self._keep(**given)
        self._check_steps()
        self._freeze()
        self.hyperparameters.check_dtype(self.optimizer, self.dtype)
        self.parameters.check_dtype(self.problem.id, self.dtype)
        self._check_constants()
        self._check_start()
        self._check_batch()

    def _freeze(self) -> None:
        """Build the parameters, and keep read-only copies of the arguments."""
        _ = self.hyperparameters, self.parameters
        self._keep(
            hyper=MappingProxyType(dict(self.hyper)),
            params=MappingProxyType(dict(self.params)),
            steps=int(self.steps),
            start=None if self.start is None else _numbers(self.start, self.dtype),
        )

    def _check_steps(self) -> None:
        is_integer = isinstance(self.steps, (int, np.integer)) and not isinstance(self.steps, bool)
        if not is_integer or not 0 <= self.steps <= MOST_STEPS:
            raise Invalid(
                f"steps = {shown(self.steps)}: expected a whole number from 0 to {MOST_STEPS:,}"
            )
        if self.stop is None:
            return
        if not isinstance(self.stop, (AllClose, GradientNorm)):
            raise Invalid(
                f"stop = {shown(self.stop)}: expected AllClose(...), GradientNorm(...) or None"
            )
        self.stop.check_dtype("stop", self.dtype)

    def _check_constants(self) -> None:
        """Raise Invalid if a constant of the problem is not finite in the dtype."""
        parameters = vars(self.parameters).items()
        given = ", ".join(f"{name} = {shown(value)}" for name, value in parameters)
        owner = f"{self.problem.id} with {given}" if given else self.problem.id
        try:
            constants = self.constants
        except ArithmeticError as error:
            raise Invalid(f"{owner}: its constants cannot be computed: {error}") from None
        for name, value in constants.items():
            if isinstance(value, float) or (
                isinstance(value, np.ndarray) and value.dtype.kind in "iuf"
            ):
                number = isinstance(value, float)
                real_numbers(f"{owner}: its constant {name}", value, self.dtype, normal=number)

    def _check_start(self) -> None:
        dimension = len(self._default_start)
        if self.spec.dimension not in (None, dimension):
            raise Invalid(
                f"{self.optimizer} on {self.problem.id}: it works in {self.spec.dimension} "
                f"dimension, and this problem has {dimension}"
            )
        if self.start is not None and self.spec.start is not None:
            raise Invalid(
                f"start = {shown(self.start)}: {self.optimizer} starts from its own "
                "hyperparameters; leave start out"
            )
        if self.start_point.shape != (dimension,):
            raise Invalid(
                f"start = {shown(self.start)}: expected {dimension} numbers, the dimension of "
                f"{self.problem.id} with these parameters"
            )
        owner = self.optimizer if self.spec.start else self.problem.id
        real_numbers(f"{owner}: its own start", self.start_point, self.dtype)

    def _check_batch(self) -> None:
        if self.batch is None:
            return
        if not isinstance(self.batch, Batch):
            raise Invalid(f"batch = {shown(self.batch)}: expected Batch(size=...) or None")
        if not self.population:
            raise Invalid(f"batch = {self.batch!r}: {self.problem.id} has no data to draw from")
        if self.batch.size > self.population:
            raise Invalid(
                f"batch size = {self.batch.size}: expected at most {self.population}, all data"
            )

    @cached_property
    def parameters(self) -> Parameters:
        """All the problem's parameters, an instance of ``problem.params``."""
        return self.problem.params.build(self.problem.id, self.params)

    @cached_property
    def constants(self) -> Mapping[str, Constant]:
        """The problem's constants, computed from its parameters: float64 numbers and arrays."""
        with np.errstate(all="ignore"):  # `_check_constants` refuses what is not finite
            found = self.problem.constants(self.parameters)
        return MappingProxyType(dict(found))

    @property
    def population(self) -> int:
        """The number of data points; 0 for a problem without data."""
        data = self.constants.get("data")
        return len(data) if isinstance(data, np.ndarray) else 0

    @cached_property
    def _default_start(self) -> Sequence[float]:
        return self.problem.start(self.parameters)

    @cached_property
    def start_point(self) -> Floats:
        """The start, shape (d,), float64, read-only."""
        default = self.spec.start(self.hyperparameters) if self.spec.start else self._default_start
        point = np.array(default if self.start is None else self.start, dtype=np.float64)
        point += 0  # turns -0.0 into 0.0
        point.flags.writeable = False
        return point

    @property
    def _is_registered(self) -> bool:
        return PROBLEMS.get(self.problem.id) == self.problem

    def to_dict(self) -> dict[str, Any]:
        """Return the case as a dict of JSON types.

        All parameters and the start are explicit, so that the dict keeps its meaning when a
        default changes. ``stop`` is ``{"rule": "allclose" or "gradient_norm", ...}``.

        Raises
        ------
        Invalid
            If the problem is not registered in `PROBLEMS`.
        """
        if not self._is_registered:
            raise Invalid(
                f"problem = {self.problem.id!r}: a Problem of your own has no text form; pickle "
                "the case, or give the problem an id by a file in reference/problems/"
            )
        rules = {kind: name for name, kind in STOPS.items()}
        return {
            "optimizer": self.spec.id,
            "problem": self.problem.id,
            "params": self.parameters.to_dict(),
            "hyper": self.hyperparameters.to_dict(),
            "start": None if self.spec.start else self.start_point.tolist(),
            "steps": self.steps,
            "dtype": str(self.dtype),
            "stop": self.stop and {"rule": rules[type(self.stop)], **self.stop.to_dict()},
            "batch": self.batch and self.batch.to_dict(),
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        """Make a case from the dict of `to_dict`; keys left out take their defaults.

        Raises
        ------
        Unknown
            If a key, optimizer, problem or parameter does not exist.
        Invalid
            If ``given`` is no mapping, lacks optimizer or problem, or holds an invalid value.
        """
        names = [each.name for each in fields(cls)]
        if not isinstance(given, Mapping):
            raise Invalid(f"case = {shown(given)}: expected a mapping with {', '.join(names)}")
        for key in given:
            if key not in names:
                raise Unknown("key of a case", key, names)
        for key in ("optimizer", "problem"):
            if key not in given:
                raise Invalid(f"case = {shown(dict(given))}: {key} must be given")
        options = dict(given)
        if options.get("stop") is not None:
            options["stop"] = _stop(options["stop"])
        if options.get("batch") is not None:
            options["batch"] = Batch.build("batch", options["batch"])
        return cls(**options)

    def to_json(self) -> str:
        """Return `to_dict` as one line of JSON: sorted keys, no spaces, floats that round-trip."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Make a case from the text of `to_json`.

        Raises
        ------
        Unknown, Invalid
            If the text is not JSON, or where `from_dict` raises.
        """
        try:
            given = json.loads(text)
        except (TypeError, ValueError, RecursionError) as error:
            raise Invalid(f"case = {shown(text)}: expected a line of JSON: {error}") from None
        return cls.from_dict(given)

    @cached_property
    def digest(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of `to_json`, an id for stored results.

        It is the same on every machine and Python version. It changes when the optimizer or the
        problem gains a parameter.
        """
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:DIGEST]

    @cached_property
    def identity(self) -> tuple[object, ...]:
        """A hashable tuple of all that determines the result; `==` compares it."""
        return (
            self.spec.id,
            self.problem,
            self.parameters,
            self.hyperparameters,
            tuple(self.start_point.tolist()),
            self.steps,
            self.dtype,
            self.stop,
            self.batch,
        )

    def __repr__(self) -> str:
        """Show the arguments that differ from their defaults."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        given |= {"problem": self.problem.id, "params": {**self.params}, "hyper": {**self.hyper}}
        options = inspect.signature(type(self)).parameters
        arguments = (f"{n}={v!r}" for n, v in given.items() if v != options[n].default)
        return f"{type(self).__name__}({', '.join(arguments)})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the constructor's arguments; cached properties are recomputed."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        given |= {"params": dict(self.params), "hyper": dict(self.hyper)}
        if self._is_registered:
            given["problem"] = self.problem.id
        return partial(type(self), **given), ()


def _numbers(start: ArrayLike, dtype: str) -> float | tuple[float, ...]:
    given = real_numbers("start", start, dtype)
    return tuple(given.tolist()) if given.ndim else float(given)


def _stop(given: object) -> Stop:
    """Make the stopping rule from its dict in `Case.to_dict`."""
    if not isinstance(given, Mapping) or "rule" not in given:
        rules = " or ".join(f'{{"rule": "{name}", ...}}' for name in STOPS)
        raise Invalid(f"stop = {shown(given)}: expected {rules}")
    kind = STOPS[choose("stop rule", given["rule"], STOPS)]
    return kind.build("stop", {name: value for name, value in given.items() if name != "rule"})
