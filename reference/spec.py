"""The types of specifications: `Optimizer`, `Problem` and the sources they cite."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from reference.arrays import Floats
from reference.parameters import NoParameters, Parameters

Constant: TypeAlias = float | Floats | None  # of a problem; None where its parameters need none
State: TypeAlias = tuple[Any, ...]  # of an optimizer: arrays, numbers and None
Array: TypeAlias = Any  # an array of numpy, jax or torch, or a numpy array of 50-digit numbers
Namespace: TypeAlias = Any  # the array namespace: numpy, jax.numpy, torch, or one of this package


@dataclass(frozen=True)
class Cite:
    """A source: author and year, the place in it, and an identifier or address."""

    source: str
    place: str
    link: str = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.source, self.place, self.link) if part)


@dataclass(frozen=True, eq=False)
class Optimizer:
    """An optimizer and its executable specification.

    ``init(x, h)`` returns the initial state for the start ``x``, (..., d), of one run or of many.
    ``step(f, h, x, state)`` returns the next ``(x, state)``. ``f`` is a
    `reference.objective.Objective`, ``h`` an instance of ``hyper``. Both functions run in any
    arithmetic, so they use only operators and functions of ``f.xp``. ``h`` and numbers computed
    from it alone are Python floats or mpmath numbers.

    Attributes
    ----------
    needs
        The evaluations of ``f`` that a step may use: some of value, gradient, hessian, solve,
        forward, inverse.
    evaluations
        ``evaluations(h)`` returns the number of calls of each in one step.
    elementwise
        Whether a coordinate's update depends only on that coordinate's point, gradient and state.
        Such an update can be computed in blocks.
    dimension
        The required number of coordinates; None for any.
    start
        ``start(h)`` returns the start, if it follows from the hyperparameters; else None.
    numbers
        ``numbers(h, t)`` returns the numbers of a state after ``t`` steps, by name.
    tolerance
        ``tolerance(h)`` returns the error of one step from an inner iteration's stopping rule,
        besides rounding.
    """

    title: str
    cites: tuple[Cite, ...]
    hyper: type[Parameters]
    init: Callable[..., State]
    step: Callable[..., tuple[Array, State]]
    needs: Set[str]
    evaluations: Callable[..., Mapping[str, int]]
    elementwise: bool = False
    dimension: int | None = None
    start: Callable[..., tuple[float, ...]] | None = None
    numbers: Callable[..., Mapping[str, Array]] = lambda h, t: {"t": t}
    tolerance: Callable[..., float] = lambda h: 0.0
    notes: str = ""
    id: str = ""

    def __repr__(self) -> str:
        return f"<Optimizer {self.id}>"

    @cached_property
    def first_order(self) -> bool:
        """Whether a step uses one gradient, at the current point, and nothing else."""
        return self.needs == {"gradient"} and self.evaluations(self.hyper()) == {"gradient": 1}


@dataclass(frozen=True)
class Composition:
    """The parts of a loss L(y(x)): the simulator y, its inverse, and L as a function of y.

    ``forward(xp, k, x)`` and ``inverse(xp, k, y)`` map (..., d) to (..., d). ``loss``, ``gradient``
    and ``hessian`` take ``(xp, k, y)`` and are those of L, of shapes (...), (..., d) and
    (..., d, d). ``jacobian(xp, k, x)`` is dy/dx, (..., d, d).
    """

    forward: Callable[..., Array]
    inverse: Callable[..., Array]
    jacobian: Callable[..., Array]
    loss: Callable[..., Array]
    gradient: Callable[..., Array]
    hessian: Callable[..., Array]


def _no_constants(p: Parameters) -> Mapping[str, Constant]:
    return {}


def _no_minimisers(p: Parameters) -> Sequence[Sequence[float]]:
    return ()


@dataclass(frozen=True)
class Problem:
    """An objective, written once for every array namespace.

    ``value``, ``gradient`` and ``hessian`` take ``(xp, k, x)``: the namespace, the constants and
    points ``x`` of shape (..., d). They return shapes (...), (..., d) and (..., d, d).
    ``constants(p)`` computes float64 numbers and arrays by name from the parameters. They are
    converted to the run's arithmetic once and read as ``k.name``. Minibatches are drawn from the
    constant ``data``, if there is one.

    ``start(p)`` returns the documents' start, ``minimisers(p)`` the known minimisers, ``window(p)``
    the plot's limits of each coordinate.
    """

    title: str
    cites: tuple[Cite, ...]
    value: Callable[..., Array]
    gradient: Callable[..., Array]
    start: Callable[..., Sequence[float]]
    hessian: Callable[..., Array] | None = None
    params: type[Parameters] = NoParameters
    constants: Callable[..., Mapping[str, Constant]] = _no_constants
    minimisers: Callable[..., Sequence[Sequence[float]]] = _no_minimisers
    window: Callable[..., Sequence[tuple[float, float]]] | None = None
    composition: Composition | None = None
    formula: str = ""
    notes: str = ""
    id: str = field(default="custom")

    def __repr__(self) -> str:
        return f"<Problem {self.id}>"
