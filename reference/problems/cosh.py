"""cosh(cx): convex, with exponentially steep sides."""

from typing import Any

from reference.parameters import Parameters, Squarable
from reference.spec import Array, Cite, Namespace, Problem


class Params(Parameters):
    """Parameters of cosh(cx).

    Attributes
    ----------
    c
        The factor of x, which sets how steep both sides are.
    """

    c: Squarable = 0.5


def value(xp: Namespace, k: Any, x: Array) -> Array:
    return xp.cosh(k.c * x)[..., 0]


def gradient(xp: Namespace, k: Any, x: Array) -> Array:
    return k.c * xp.sinh(k.c * x)


def hessian(xp: Namespace, k: Any, x: Array) -> Array:
    return (k.c**2 * xp.cosh(k.c * x))[..., None]


PROBLEM = Problem(
    title="cosh(cx)",
    formula="cosh(cx)",
    cites=(Cite("Dive into Deep Learning", "Gradient Descent, Newton's Method"),),
    params=Params,
    constants=lambda p: {"c": p.c},
    value=value,
    gradient=gradient,
    hessian=hessian,
    start=lambda p: (10.0,),
    minimisers=lambda p: ((0.0,),),
    window=lambda p: ((-10.0, 10.0),),
    notes="Newton's step is x - tanh(cx)/c. The third derivative is zero at the minimum, so the "
    "convergence is cubic.",
)
