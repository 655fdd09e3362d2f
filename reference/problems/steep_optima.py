"""Three narrow wells in a plain that is nearly flat."""

import math
from typing import Any

import numpy as np

from reference.parameters import Parameters, Squarable
from reference.problems._shapes import diagonal
from reference.spec import Array, Cite, Constant, Namespace, Problem

MEANS = ((1.0, -0.5), (-1.0, 0.5), (-0.5, -0.8))


class Params(Parameters):
    """Parameters of the wells.

    Attributes
    ----------
    sigma
        The standard deviation of each well; its depth is 1 / (2 pi sigma²).
    """

    sigma: Squarable = 0.2


def constants(p: Params) -> dict[str, Constant]:
    variance = p.sigma**2
    return {"means": np.array(MEANS), "variance": variance, "depth": 1 / (2 * math.pi * variance)}


def _wells(xp: Namespace, k: Any, x: Array) -> tuple[Array, Array]:
    """Return the offsets from the centres, (..., 3, 2), and each well's density, (..., 3)."""
    offset = x[..., None, :] - k.means
    return offset, k.depth * xp.exp(-xp.sum(offset**2, -1) / (2 * k.variance))


def value(xp: Namespace, k: Any, x: Array) -> Array:
    return -xp.sum(_wells(xp, k, x)[1], -1)


def gradient(xp: Namespace, k: Any, x: Array) -> Array:
    offset, density = _wells(xp, k, x)
    return xp.sum(density[..., None] * offset, -2) / k.variance


def hessian(xp: Namespace, k: Any, x: Array) -> Array:
    offset, density = _wells(xp, k, x)
    total = xp.sum(density, -1)
    outer = offset[..., :, None] * offset[..., None, :]
    spread = xp.sum(density[..., None, None] * outer, -3)
    return (diagonal(xp, total, total) - spread / k.variance) / k.variance


PROBLEM = Problem(
    title="Steep optima",
    formula="minus the sum of three bivariate normal densities",
    cites=(Cite("University of Amsterdam Deep Learning, as taught in DL4CV", "Lecture 6, part 2"),),
    params=Params,
    constants=constants,
    value=value,
    gradient=gradient,
    hessian=hessian,
    start=lambda p: (0.0, 0.0),
    minimisers=lambda p: MEANS,
    window=lambda p: ((-2.0, 2.0), (-2.0, 2.0)),
    notes="The minima lie at the three means to about 1e-10 for sigma = 0.2, with f = -3.97887358.",
)
