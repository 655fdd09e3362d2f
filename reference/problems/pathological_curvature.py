"""A ravine: steep walls along w1, and a gentle slope without a minimum along w2."""

from typing import Any

from reference.parameters import NonNegative, Parameters
from reference.problems._shapes import diagonal, vector
from reference.spec import Array, Cite, Namespace, Problem


class Params(Parameters):
    """Parameters of the ravine.

    Attributes
    ----------
    slope
        The factor of |w1|, the slope of the walls far from the bottom.
    """

    slope: NonNegative = 0.01


def _sigmoid(xp: Namespace, w: Array) -> Array:
    """Return 1 / (1 + exp(-w)) with a small relative error, however small it is."""
    return xp.exp(-xp.logaddexp(xp.zeros_like(w), -w))


def value(xp: Namespace, k: Any, x: Array) -> Array:
    w1, w2 = x[..., 0], x[..., 1]
    kink = w1 * xp.sign(w1)  # |w1| with derivative 0 at 0, by autodiff too
    return xp.tanh(w1) ** 2 + k.slope * kink + _sigmoid(xp, w2)


def gradient(xp: Namespace, k: Any, x: Array) -> Array:
    w1, w2 = x[..., 0], x[..., 1]
    t = xp.tanh(w1)
    g1 = 2 * t * (1 - t**2) + k.slope * xp.sign(w1)
    return vector(xp, g1, _sigmoid(xp, w2) * _sigmoid(xp, -w2))


def hessian(xp: Namespace, k: Any, x: Array) -> Array:
    t = xp.tanh(x[..., 0])
    s, rest = _sigmoid(xp, x[..., 1]), _sigmoid(xp, -x[..., 1])
    return diagonal(xp, 2 * (1 - t**2) * (1 - 3 * t**2), s * rest * (rest - s))


PROBLEM = Problem(
    title="Pathological curvature",
    formula="tanh(w1)² + 0.01 |w1| + sigmoid(w2)",
    cites=(Cite("University of Amsterdam Deep Learning, as taught in DL4CV", "Lecture 6, part 2"),),
    params=Params,
    constants=lambda p: {"slope": p.slope},
    value=value,
    gradient=gradient,
    hessian=hessian,
    start=lambda p: (5.0, 5.0),
    window=lambda p: ((-10.0, 10.0), (-10.0, 10.0)),
    notes="There is no minimiser: the infimum 0 lies at w2 = -infinity. The kink of |w1| at 0 "
    "has derivative 0, as in torch. At lr = 10 the first coordinate is chaotic.",
)
