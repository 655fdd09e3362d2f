"""What an optimizer and a problem are: the facts about each, and the functions that define it."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from reference.parameters import NoParameters, Parameters

Array: TypeAlias = Any  # of numpy, jax, torch, or a numpy array of 50-digit numbers
Namespace: TypeAlias = Any  # the module, or its like, that works on such arrays


@dataclass(frozen=True)
class Cite:
    """Where something comes from: who and when, the place in it, and an identifier or address."""

    source: str
    place: str
    link: str = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.source, self.place, self.link) if part)


@dataclass(frozen=True, eq=False)
class Optimizer:
    """An optimizer and its executable specification.

    ``init(x, h)`` makes the state that goes with the start ``x`` of shape (d,), and
    ``step(f, h, x, state)`` returns the next ``(x, state)``; ``f`` is an
    `reference.objective.Objective`, ``h`` an instance of ``hyper``. Both are written for
    any number type: they use operators and the functions of ``f.xp`` only.

    ``h`` and whatever follows from it alone are numbers of the host: a float, or exact.

    Attributes
    ----------
    needs
        What a step may ask of ``f``: some of value, gradient, hessian, solve, forward, inverse.
    evaluations
        ``evaluations(h)`` gives how often one step asks for each.
    elementwise
        Whether the next of each coordinate follows from that coordinate's point, gradient and
        state alone: such a step may be taken for any part of the parameters, or for many members
        at once. Otherwise it acts on whole arrays.
    dimension
        How many coordinates it needs; None for any number.
    start
        ``start(h)`` is the start of an optimizer that chooses its own; None for one that does not.
    tolerance
        ``tolerance(h)`` is the relative error that one step makes by its own stopping rule, beside
        rounding.
    """

    title: str
    cites: tuple[Cite, ...]
    hyper: type[Parameters]
    init: Callable[..., Any]
    step: Callable[..., tuple[Array, Any]]
    needs: Set[str]
    evaluations: Callable[..., Mapping[str, int]]
    elementwise: bool = False
    dimension: int | None = None
    start: Callable[..., tuple[float, ...]] | None = None
    tolerance: Callable[..., float] = lambda h: 0.0
    notes: str = ""
    id: str = ""

    def __repr__(self) -> str:
        return f"<Optimizer {self.id}>"

    @property
    def first_order(self) -> bool:
        """Whether a step asks for one gradient, at the current point, so that it can be given."""
        return self.needs == {"gradient"} and self.evaluations(self.hyper()) == {"gradient": 1}


@dataclass(frozen=True)
class Composition:
    """A loss L(y(x)) taken apart: the simulator y, its inverse, and L as a function of y.

    ``forward(xp, k, x)`` and ``inverse(xp, k, y)`` map (..., d) to (..., d); ``loss``,
    ``gradient`` and ``hessian`` take ``(xp, k, y)``; ``jacobian(xp, k, x)`` is dy/dx,
    shape (..., d, d).
    """

    forward: Callable[..., Array]
    inverse: Callable[..., Array]
    jacobian: Callable[..., Array]
    loss: Callable[..., Array]
    gradient: Callable[..., Array]
    hessian: Callable[..., Array]


def _no_constants(p: Any) -> Mapping[str, Any]:
    return {}


def _no_minimisers(p: Any) -> Sequence[Sequence[float]]:
    return ()


@dataclass(frozen=True)
class Problem:
    """An objective, written once over an array namespace.

    ``value``, ``gradient`` and ``hessian`` take ``(xp, k, x)``: a namespace, the constants
    and the points ``x`` of shape (..., d), the last axis the parameters. They return
    shapes (...), (..., d) and (..., d, d). ``constants(p)`` turns the parameters into a
    mapping of float64 numbers and arrays, which the run converts to its own arithmetic
    once; ``k.name`` reads one. A constant called ``data`` is what minibatches are drawn from.

    ``start(p)`` is the start the documents use; ``minimisers(p)`` the known ones, possibly
    none; ``window(p)`` the plot's limits per coordinate.
    """

    title: str
    cites: tuple[Cite, ...]
    value: Callable[..., Array]
    gradient: Callable[..., Array]
    start: Callable[..., Sequence[float]]
    hessian: Callable[..., Array] | None = None
    params: type[Parameters] = NoParameters
    constants: Callable[..., Mapping[str, Any]] = _no_constants
    minimisers: Callable[..., Sequence[Sequence[float]]] = _no_minimisers
    window: Callable[..., Sequence[tuple[float, float]]] | None = None
    composition: Composition | None = None
    formula: str = ""
    notes: str = ""
    id: str = field(default="custom")

    def __repr__(self) -> str:
        return f"<Problem {self.id}>"
