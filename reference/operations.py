"""The operations whose rounding errors are measured, and the ranges of their arguments."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reference.allowances import ALLOWED, Allowance
from reference.digits import Digits
from reference.spec import Array

Bound = Callable[[Any], float]  # from `numpy.finfo` of a dtype to an end of a range


def _largest(f: Any) -> float:
    return float(f.max) / 4


def _smallest(f: Any) -> float:
    return float(f.tiny)


def _least(f: Any) -> float:
    return float(f.smallest_subnormal)


@dataclass(frozen=True)
class Operation:
    """A function or operation.

    Attributes
    ----------
    name
        The name in tables.
    formula
        ``formula(xp, *arguments)``, in any arithmetic.
    shapes
        The shapes of the arguments of one result; the formula accepts leading axes.
    allowed
        The name in `ALLOWED`; empty if it is ``name``.
    signed
        Whether arguments have both signs.
    top, bottom
        The largest magnitude of huge arguments and the smallest of tiny ones, such that the
        results are normal numbers.
    under
        The magnitudes between which the arguments or their results are subnormal.
    exponent
        The range of the second argument; None if it is drawn like the first.
    size
        ``size(*arguments)`` in 50 digits, the size of the terms that are added, for operations
        whose error is relative to it. None where it is relative to the result.
    roundings
        The number of roundings in sequence that a result takes; see `accumulated`.
    """

    name: str
    formula: Callable[..., Array]
    shapes: tuple[tuple[int, ...], ...] = ((),)
    allowed: str = ""
    signed: bool = True
    top: Bound = _largest
    bottom: Bound = _smallest
    under: tuple[Bound, Bound] = (_least, _smallest)
    exponent: tuple[float, float] | None = None
    size: Callable[..., Array] | None = None
    roundings: int = 1

    @property
    def elementwise(self) -> bool:
        """Whether each result depends on one number of each argument."""
        return not any(self.shapes)

    @property
    def allowance(self) -> Allowance:
        """The error that the rounding model allows."""
        return ALLOWED[self.allowed or self.name]


def _products(of: int) -> dict[str, Any]:
    """Return the ranges of arguments for a product of ``of`` factors."""
    return {
        "top": lambda f: float(f.max) ** (1 / of) / 4,
        "bottom": lambda f: float(f.tiny) ** (1 / of) * 4,
        "under": (lambda f: _least(f) ** (1 / of) * 2, lambda f: _smallest(f) ** (1 / of) / 2),
    }


def _exponential(f: Any) -> float:
    return 0.98 * math.log(float(f.max))


def _larger_and_result(a: Array, b: Array) -> Array:
    xp = Digits()
    return abs(xp.maximum(a, b)) + abs(xp.logaddexp(a, b))


def _skeel(a: Array, b: Array) -> Array:
    """Return |A⁻¹||A||x|, the componentwise (Skeel) error bound of x per unit roundoff."""
    xp = Digits()
    return abs(xp.linalg.inv(a)) @ abs(a) @ abs(xp.linalg.solve(a, b))


PAIR = ((), ())
ELEMENTWISE = (
    Operation("add", lambda xp, a, b: a + b, PAIR),
    Operation(
        "subtract",
        lambda xp, a, b: a - b,
        PAIR,
        bottom=lambda f: float(f.tiny / f.eps) * 4,  # so that a difference is zero or normal
    ),
    Operation("multiply", lambda xp, a, b: a * b, PAIR, **_products(2)),
    Operation("divide", lambda xp, a, b: a / b, PAIR),
    Operation(
        "reciprocal",
        lambda xp, a: 1 / a,
        top=lambda f: 0.5 / float(f.tiny),
        under=(lambda f: 2 / float(f.max), _smallest),
    ),
    Operation("square", lambda xp, a: a**2, **_products(2)),
    Operation("cube", lambda xp, a: a**3, allowed="power", **_products(3)),
    Operation(
        "power",
        lambda xp, a, b: a**b,
        PAIR,
        signed=False,
        exponent=(-3.0, 3.0),
        **{**_products(4), "under": (_least, _smallest)},
    ),
    Operation("sqrt", lambda xp, a: xp.sqrt(a), signed=False),
    Operation(
        "exp",
        lambda xp, a: xp.exp(a),
        top=_exponential,
        under=(_exponential, lambda f: -math.log(_least(f))),
    ),
    Operation("log", lambda xp, a: xp.log(a), signed=False),
    Operation("logaddexp", lambda xp, a, b: xp.logaddexp(a, b), PAIR, size=_larger_and_result),
    Operation("sin", lambda xp, a: xp.sin(a)),
    Operation("cos", lambda xp, a: xp.cos(a)),
    Operation("tanh", lambda xp, a: xp.tanh(a)),
    Operation("sinh", lambda xp, a: xp.sinh(a), top=_exponential),
    Operation("cosh", lambda xp, a: xp.cosh(a), top=_exponential),
)


def _sums(n: int) -> list[Operation]:
    shapes = ((n,),)
    return [
        Operation(
            f"sum of {n}",
            lambda xp, a: xp.sum(a, -1),
            shapes,
            "sum",
            size=lambda a: Digits().sum(abs(a), -1),
            roundings=n - 1,
        ),
        Operation(
            f"mean of {n}",
            lambda xp, a: xp.mean(a, -1),
            shapes,
            "mean",
            size=lambda a: Digits().mean(abs(a), -1),
            roundings=n + 1,
        ),
    ]


def _matrices(n: int) -> list[Operation]:
    return [
        Operation(
            f"{n} x {n} matrix times {what}",
            lambda xp, a, b: a @ b,
            ((n, n), (n, columns)),
            "matmul",
            size=lambda a, b: abs(a) @ abs(b),
            roundings=n,
        )
        for what, columns in (("vector", 1), ("matrix", n))
    ]


def _solve(n: int) -> Operation:
    shapes = (n, n), (n, 1)
    return Operation(
        f"solve {n} x {n}",
        lambda xp, a, b: xp.linalg.solve(a, b),
        shapes,
        "solve",
        size=_skeel,
        roundings=n,
    )


OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        *ELEMENTWISE,
        *(each for n in (3, 30, 1000) for each in _sums(n)),
        *(each for n in (2, 3, 4) for each in _matrices(n)),
        *(_solve(n) for n in (2, 3, 4)),
    )
}
