"""x cos(cx): an odd function with infinitely many minima and maxima."""

import math
from typing import Any

from reference.parameters import Parameters, Squarable
from reference.spec import Array, Cite, Namespace, Problem

# The first roots of u tan(u) = 1 (Abramowitz & Stegun, Table 4.20); x = ±u/c are stationary points.
ROOTS = (
    0.8603335890193797,
    3.425618459481728,
    6.437298179171947,
    9.529334405361963,
    12.645287223856643,
)


class Params(Parameters):
    """Parameters of x cos(cx).

    Attributes
    ----------
    c
        The angular frequency of the cosine, in radians per unit of x.
    """

    c: Squarable = 0.15 * math.pi


def value(xp: Namespace, k: Any, x: Array) -> Array:
    return (x * xp.cos(k.c * x))[..., 0]


def gradient(xp: Namespace, k: Any, x: Array) -> Array:
    return xp.cos(k.c * x) - k.c * x * xp.sin(k.c * x)


def hessian(xp: Namespace, k: Any, x: Array) -> Array:
    return (-2 * k.c * xp.sin(k.c * x) - x * k.c**2 * xp.cos(k.c * x))[..., None]


PROBLEM = Problem(
    title="x cos(cx)",
    formula="x cos(cx)",
    cites=(Cite("Dive into Deep Learning", "Gradient Descent, Local Minima"),),
    params=Params,
    constants=lambda p: {"c": p.c},
    value=value,
    gradient=gradient,
    hessian=hessian,
    start=lambda p: (10.0,),
    minimisers=lambda p: tuple(((-1) ** (i + 1) * u / p.c,) for i, u in enumerate(ROOTS)),
    window=lambda p: ((-30.0, 30.0),),
    notes="Each minimum has a maximum as its mirror image; Newton's method from 10 finds the "
    "maximum at 26.834133.",
)
