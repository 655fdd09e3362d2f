"""A toy simulator: the loss L(y) = |y|² of the simulator y(x) = (x0, x1²)."""

from typing import Any

from reference.problems._shapes import diagonal, vector
from reference.spec import Array, Cite, Composition, Namespace, Problem


def forward(xp: Namespace, k: Any, x: Array) -> Array:
    return vector(xp, x[..., 0], x[..., 1] * x[..., 1])


def inverse(xp: Namespace, k: Any, y: Array) -> Array:
    return vector(xp, y[..., 0], xp.sqrt(y[..., 1]))


def jacobian(xp: Namespace, k: Any, x: Array) -> Array:
    return diagonal(xp, xp.ones_like(x[..., 0]), 2 * x[..., 1])


def loss(xp: Namespace, k: Any, y: Array) -> Array:
    return xp.sum(y * y, -1)


def loss_gradient(xp: Namespace, k: Any, y: Array) -> Array:
    return 2 * y


def loss_hessian(xp: Namespace, k: Any, y: Array) -> Array:
    two = 2 * xp.ones_like(y[..., 0])
    return diagonal(xp, two, two)


def value(xp: Namespace, k: Any, x: Array) -> Array:
    return loss(xp, k, forward(xp, k, x))


def gradient(xp: Namespace, k: Any, x: Array) -> Array:
    g = loss_gradient(xp, k, forward(xp, k, x))
    return vector(xp, g[..., 0], g[..., 1] * (2 * x[..., 1]))


def hessian(xp: Namespace, k: Any, x: Array) -> Array:
    two = 2 * xp.ones_like(x[..., 0])
    return diagonal(xp, two, 12 * x[..., 1] * x[..., 1])


PROBLEM = Problem(
    title="Simulator toy",
    formula="|y|², y = (x0, x1²)",
    cites=(Cite("Physics-based Deep Learning", "Simple Example comparing Different Optimizers"),),
    value=value,
    gradient=gradient,
    hessian=hessian,
    start=lambda p: (3.0, 3.0),
    minimisers=lambda p: ((0.0, 0.0),),
    window=lambda p: ((-0.5, 3.5), (-0.5, 3.5)),
    composition=Composition(
        forward=forward,
        inverse=inverse,
        jacobian=jacobian,
        loss=loss,
        gradient=loss_gradient,
        hessian=loss_hessian,
    ),
    notes="The inverse takes the positive root, and is not a number for y1 < 0. The Hessian is "
    "singular at x1 = 0.",
)
