"""The quadratic: a sum of squares, each coordinate on its own scale, possibly rotated."""

import math
from itertools import cycle, islice
from typing import Any

import numpy as np

from reference.errors import Invalid
from reference.parameters import Finite, Parameters, Vector
from reference.problems._shapes import diagonal
from reference.spec import Array, Cite, Namespace, Problem


class Params(Parameters):
    """What the quadratic depends on.

    Attributes
    ----------
    coefficients
        The factor of each squared coordinate: as many numbers as there are coordinates, half the
        second derivatives.
    rotation
        By how many degrees the plane of the first two coordinates is turned.
    """

    coefficients: Vector = (1.0, 2.0)
    rotation: Finite = 0.0


def constants(p: Params) -> dict[str, Any]:
    a = np.array(p.coefficients)
    if p.rotation == 0:
        return {"a": a, "slope": 2 * a, "turn": None}
    if len(a) < 2:
        raise Invalid(f"rotation = {p.rotation:g}: a rotation needs at least two coefficients")
    turn = np.eye(len(a))
    angle = math.radians(p.rotation)
    turn[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    return {"a": a, "slope": 2 * a, "turn": turn}


def _turned(matrix: Array, x: Array) -> Array:
    return x if matrix is None else (matrix @ x[..., None])[..., 0]


def value(xp: Namespace, k: Any, x: Array) -> Array:
    return xp.sum(k.a * _turned(k.turn, x) ** 2, -1)


def gradient(xp: Namespace, k: Any, x: Array) -> Array:
    if k.turn is None:
        return k.slope * x
    return _turned(k.turn.T, k.slope * _turned(k.turn, x))


def hessian(xp: Namespace, k: Any, x: Array) -> Array:
    scales = diagonal(xp, *(k.slope[i] + xp.zeros_like(x[..., i]) for i in range(len(k.a))))
    return scales if k.turn is None else k.turn.T @ scales @ k.turn


PROBLEM = Problem(
    title="Quadratic",
    formula="sum of a_i z_i², z = x turned by the rotation",
    cites=(
        Cite("Dive into Deep Learning", "Gradient Descent, x² and x1² + 2 x2²"),
        Cite("Dive into Deep Learning", "Gradient Descent, exercises 3 to 5"),
    ),
    params=Params,
    constants=constants,
    value=value,
    gradient=gradient,
    hessian=hessian,
    start=lambda p: (
        (10.0,)
        if len(p.coefficients) == 1
        else tuple(islice(cycle((-5.0, -2.0)), len(p.coefficients)))
    ),
    minimisers=lambda p: ((0.0,) * len(p.coefficients),),
    window=lambda p: ((-10.0, 10.0),) if len(p.coefficients) == 1 else ((-5.5, 1.0), (-3.0, 1.0)),
    notes="coefficients (1,) is x²; (0.5,) is x²/2, where one Newton step suffices; coefficients "
    "far apart make gradient descent crawl; rotation = 45 defeats every diagonal method.",
)
