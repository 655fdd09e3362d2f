"""Mean negative log-likelihood of an even mixture of two normal distributions."""

import math
from typing import Any

from reference.problems._bimodal import Bimodal, bimodal
from reference.problems._shapes import matrix, vector
from reference.spec import Array, Cite, Namespace, Problem

LOG_2 = math.log(2)


def _log_densities(xp: Namespace, k: Any, x: Array) -> tuple[Array, Array]:
    """Return the log-density of each component at the n data points, two arrays (..., n)."""
    mu1, sigma1, mu2, sigma2 = (x[..., i, None] for i in range(4))
    return (
        -(xp.log(2 * math.pi * sigma1**2) + (k.data - mu1) ** 2 / sigma1**2) / 2,
        -(xp.log(2 * math.pi * sigma2**2) + (k.data - mu2) ** 2 / sigma2**2) / 2,
    )


def _scores(xp: Namespace, k: Any, x: Array) -> tuple[list[Array], list[Array]]:
    """Return the responsibilities of the components, and the scores.

    Two arrays (..., n), and the four derivatives (..., n) of a component's log-density with respect
    to mu1, sigma1, mu2 and sigma2.
    """
    parts = _log_densities(xp, k, x)
    total = xp.logaddexp(*parts)
    shares, scores = [], []
    for part, (i, j) in zip(parts, ((0, 1), (2, 3)), strict=True):
        mu, sigma = x[..., i, None], x[..., j, None]
        offset = (k.data - mu) / sigma
        shares.append(xp.exp(part - total))
        scores += [offset / sigma, (offset**2 - 1) / sigma]
    return shares, scores


def value(xp: Namespace, k: Any, x: Array) -> Array:
    return LOG_2 - xp.mean(xp.logaddexp(*_log_densities(xp, k, x)), -1)


def gradient(xp: Namespace, k: Any, x: Array) -> Array:
    shares, scores = _scores(xp, k, x)
    return vector(xp, *(-xp.mean(shares[i // 2] * scores[i], -1) for i in range(4)))


def hessian(xp: Namespace, k: Any, x: Array) -> Array:
    shares, scores = _scores(xp, k, x)

    def entry(i: int, j: int) -> Array:
        same = shares[i // 2] if i // 2 == j // 2 else 0
        second = scores[i] * scores[j] * (same - shares[i // 2] * shares[j // 2])
        if i // 2 == j // 2:
            second = second + same * curvature(i, j)
        return -xp.mean(second, -1)

    def curvature(i: int, j: int) -> Array:
        sigma = x[..., i // 2 * 2 + 1, None]
        if i != j:
            return -2 * scores[i // 2 * 2] / sigma
        return -1 / sigma**2 if i % 2 == 0 else -(3 * scores[i] / sigma + 2 / sigma**2)

    return matrix(xp, *(tuple(entry(i, j) for j in range(4)) for i in range(4)))


PROBLEM = Problem(
    title="Normal mixture likelihood",
    formula="mean over d of -log(N(d; mu1, sigma1)/2 + N(d; mu2, sigma2)/2)",
    cites=(Cite("Simpson 2023, thesis", "Gradient descent, maximum likelihood estimation"),),
    params=Bimodal,
    constants=lambda p: {"data": bimodal(p)},
    value=value,
    gradient=gradient,
    hessian=hessian,
    start=lambda p: (1.0, 1.0, 2.0, 2.0),
    window=lambda p: ((-3.0, 6.0), (0.3, 3.0), (-3.0, 6.0), (0.3, 3.0)),
    notes="From four equal ones the two parts move together and end in the single normal's "
    "fit, a saddle of this objective.",
)
