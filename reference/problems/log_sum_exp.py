"""log(exp(x) + exp(-2x - 3)): convex, with asymptotes of slopes 1 and -2."""

import math
from typing import Any

from reference.spec import Array, Cite, Namespace, Problem


def _right(xp: Namespace, x: Array) -> Array:
    """Return exp(x)'s share of the sum, 1 / (1 + exp(-3x - 3)), without overflow."""
    return xp.exp(-xp.logaddexp(xp.zeros_like(x), -3 * x - 3))


def value(xp: Namespace, k: Any, x: Array) -> Array:
    return xp.logaddexp(x, -2 * x - 3)[..., 0]


def gradient(xp: Namespace, k: Any, x: Array) -> Array:
    return 3 * _right(xp, x) - 2


def hessian(xp: Namespace, k: Any, x: Array) -> Array:
    right = _right(xp, x)
    return (9 * right * (1 - right))[..., None]


PROBLEM = Problem(
    title="log(exp(x) + exp(-2x - 3))",
    formula="log(exp(x) + exp(-2x - 3))",
    cites=(Cite("Dive into Deep Learning", "Gradient Descent, exercise 2.3"),),
    value=value,
    gradient=gradient,
    hessian=hessian,
    start=lambda p: (0.0,),
    minimisers=lambda p: (((math.log(2) - 3) / 3,),),
    window=lambda p: ((-4.0, 2.0),),
    notes="The minimum is x = (ln 2 - 3) / 3, f = x + ln 1.5. Undamped Newton from 0 diverges.",
)
