"""The quadratic: sum of a_i z_i², where z is x or x rotated in its first two coordinates."""

import math
from itertools import cycle, islice
from typing import Any

import numpy as np

from reference.errors import Invalid
from reference.parameters import Finite, Parameters, Vector
from reference.problems._shapes import diagonal
from reference.spec import Array, Cite, Constant, Namespace, Problem


class Params(Parameters):
    """Parameters of the quadratic.

    Attributes
    ----------
    coefficients
        The factor of each squared coordinate, half its second derivative, (d,).
    rotation
        The angle in degrees by which the first two coordinates are rotated.
    """

    coefficients: Vector = (1.0, 2.0)
    rotation: Finite = 0.0


def constants(p: Params) -> dict[str, Constant]:
    a = np.array(p.coefficients)
    if p.rotation == 0:
        return {"a": a, "slope": 2 * a, "turn": None}
    if len(a) < 2:
        raise Invalid(f"rotation = {p.rotation:g}: a rotation needs at least two coefficients")
    turn = np.eye(len(a))
    angle = math.radians(p.rotation)
    turn[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    return {"a": a, "slope": 2 * a, "turn": turn}


def _rotated(matrix: Array, x: Array) -> Array:
    return x if matrix is None else (matrix @ x[..., None])[..., 0]


def value(xp: Namespace, k: Any, x: Array) -> Array:
    return xp.sum(k.a * _rotated(k.turn, x) ** 2, -1)


def gradient(xp: Namespace, k: Any, x: Array) -> Array:
    if k.turn is None:
        return k.slope * x
    return _rotated(k.turn.T, k.slope * _rotated(k.turn, x))


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
