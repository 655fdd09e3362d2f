"""Slope and curvature of a scene's function, and whether a stationary point is near.

It is near a point if Newton's step from there is shorter than `NEAR` times the window, and reduces
the slope to a tenth. In the tail of a well the step is short as well, but does not reduce it so.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from reports.scenes import Scene

NEAR = 0.002
KINDS = ("", "a minimum", "a maximum", "a saddle point", "a stationary point")
MINIMUM = (1, 4)  # where a curvature is zero, a stationary point may be one


@dataclass(frozen=True)
class Shape:
    """The function's shape at each of n points.

    ``slope`` is the derivative, or in several dimensions the norm of the gradient, (n,).
    ``curvature`` has the eigenvalues of the Hessian, ascending, (n, d). ``kind`` is the index into
    `KINDS` of the stationary point that is near, (n,); where a curvature is zero, it does not tell
    which kind this is.
    """

    slope: Any
    curvature: Any
    kind: Any


def shape(scene: Scene, points: Any) -> Shape:
    """The shape at ``points``, (n, d); nan where a derivative is not finite."""
    f = scene.objective
    with np.errstate(all="ignore"):
        gradient, hessian = f.gradient(points), f.hessian(points)
        finite = np.isfinite(gradient).all(-1) & np.isfinite(hessian).all((-2, -1))
        curvature, axes = np.linalg.eigh(np.where(finite[:, None, None], hessian, 0))
        slopes = f.product(axes.swapaxes(-1, -2), gradient)
        step = f.product(axes, np.where(slopes == 0, 0, slopes / curvature))
        short = _norm(step) <= NEAR * min(high - low for low, high in scene.window)
        near = finite & short & (_norm(f.gradient(points - step)) <= _norm(gradient) / 10)
    signs = np.sign(curvature)
    kinds = [~near, (signs > 0).all(-1), (signs < 0).all(-1), (signs != 0).all(-1)]
    return Shape(
        gradient[:, 0] if len(scene.start) == 1 else _norm(gradient),
        np.where(finite[:, None], curvature, np.nan),
        np.select(kinds, [0, 1, 2, 3], default=4),
    )


def _norm(vectors: Any) -> Any:
    return np.linalg.norm(vectors, axis=-1)
