"""Shared by the backends' objectives: finite differences, and a numerical inverse on the host."""

from collections.abc import Callable

import numpy as np

from reference.arrays import Reals
from reference.objective import Objective
from reference.optimizers.inverse_simulator import FACTR, PGTOL
from reference.problems._shapes import diagonal
from reference.spec import Array


class FiniteDifferences(Objective):
    """Gradients by central differences of values, of width eps^(1/3) (1 + |x|)."""

    def gradient(self, x: Array) -> Array:
        self.counts["gradient"] += 1
        width = self.eps(x) ** (1 / 3) * (1 + abs(x))
        shifts = diagonal(self.xp, *(width[..., i] for i in range(width.shape[-1])))
        rises = self._value(x[..., None, :] + shifts) - self._value(x[..., None, :] - shifts)
        return rises / (2 * width)

    def eps(self, x: Array) -> float:
        """Return the machine epsilon of the dtype of ``x``."""
        return float(self.xp.finfo(x.dtype).eps)

    def _value(self, x: Array) -> Array:
        return self.problem.value(self.xp, self.k, x)


def nearest_input(
    forward: Callable[[Reals], Reals],
    y: Reals,
    x: Reals,
) -> Reals:
    """Minimise |forward(z) - y|² over z from ``x``, by scipy's L-BFGS-B in float64.

    ``x`` and ``y`` are (d,), or (M, d) to solve for each row; the result has that shape, float64.
    It is NaN where ``x`` or ``y`` is not finite. scipy keeps the start's dtype, so a float32 start
    would lose the finite differences of 1e-8.
    """
    from scipy.optimize import minimize

    if x.ndim > 1:
        return np.stack([nearest_input(forward, *one) for one in zip(y, x, strict=True)])
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return np.full(len(x), np.nan)
    target = y.astype(np.float64)
    found = minimize(
        lambda z: np.sum(np.square(forward(z) - target)),
        x.astype(np.float64),
        method="L-BFGS-B",
        options={"ftol": FACTR * 2.0**-52, "gtol": PGTOL, "eps": 1e-8, "maxcor": 10},
    )
    return np.asarray(found.x)
