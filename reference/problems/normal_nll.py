"""Mean negative log-likelihood of a normal distribution, on data from a mixture of two."""

import math
from typing import Any

from reference.problems._bimodal import Bimodal, bimodal
from reference.problems._shapes import matrix, vector
from reference.spec import Array, Cite, Namespace, Problem


def _moments(xp: Namespace, k: Any, x: Array) -> tuple[Array, Array, Array]:
    """Return sigma, mean(data - mu) and mean((data - mu)²), each (...)."""
    offset = k.data - x[..., 0, None]
    return x[..., 1], xp.mean(offset, -1), xp.mean(offset**2, -1)


def value(xp: Namespace, k: Any, x: Array) -> Array:
    sigma, _, second = _moments(xp, k, x)
    return (xp.log(2 * math.pi * sigma**2) + second / sigma**2) / 2


def gradient(xp: Namespace, k: Any, x: Array) -> Array:
    sigma, first, second = _moments(xp, k, x)
    return vector(xp, -first / sigma**2, (1 - second / sigma**2) / sigma)


def hessian(xp: Namespace, k: Any, x: Array) -> Array:
    sigma, first, second = _moments(xp, k, x)
    cross = 2 * first / sigma**3
    return matrix(xp, (1 / sigma**2, cross), (cross, (3 * second / sigma**2 - 1) / sigma**2))


PROBLEM = Problem(
    title="Normal likelihood",
    formula="mean over d of -log N(d; mu, sigma)",
    cites=(Cite("Simpson 2023, thesis", "Gradient descent, maximum likelihood estimation"),),
    params=Bimodal,
    constants=lambda p: {"data": bimodal(p)},
    value=value,
    gradient=gradient,
    hessian=hessian,
    start=lambda p: (1.0, 1.0),
    minimisers=lambda p: ((float(bimodal(p).mean()), float(bimodal(p).std())),),
    window=lambda p: ((-1.0, 3.0), (0.5, 3.0)),
    notes="sigma enters squared, so its sign is free, as in the document. The minimum is the "
    "data's mean and standard deviation: 1 and sqrt(3) for the population.",
)
