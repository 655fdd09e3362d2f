"""Objectives in JAX: derivatives by formulas, autodiff or finite differences."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.core import jaxpr_as_fun

from backends.objective import FiniteDifferences, nearest_input
from reference.arrays import Reals
from reference.objective import Constants, Objective

KEPT = 128  # size of the cache of derivatives

Formula: TypeAlias = Callable[..., Array]  # (xp, constants, x)
Derivative: TypeAlias = Callable[[Callable[[Array], Array]], Callable[[Array], Array]]


class Analytic(Objective):
    """Derivatives by the problem's formulas."""

    def single(self, y: Array) -> Array:
        return y.astype(jnp.float32)

    def numerical_inverse(self, y: Array, x: Array) -> Array:
        """Return the inverse by scipy on the host; a compiled program calls it back."""
        self.counts["inverse"] += 1
        forward = self.composition.forward
        shape = jax.ShapeDtypeStruct(x.shape, x.dtype)

        def on_host(y: Array, x: Array, k: dict[str, Array]) -> Reals:
            bound = Constants(jax.tree.map(np.asarray, k))
            found = nearest_input(lambda z: forward(np, bound, z), np.asarray(y), np.asarray(x))
            return found.astype(x.dtype)

        return jax.pure_callback(on_host, shape, y, x, vars(self.k), vmap_method="sequential")


class Autodiff(Analytic):
    """Derivatives by JAX's autodiff."""

    def gradient(self, x: Array) -> Array:
        self.counts["gradient"] += 1
        return self._derived(jax.grad, self.problem.value, x)

    def hessian(self, x: Array) -> Array:
        self.counts["hessian"] += 1
        return self._derived(jax.hessian, self.problem.value, x)

    def outer_gradient(self, y: Array) -> Array:
        self.counts["gradient"] += 1
        return self._derived(jax.grad, self.composition.loss, y)

    def outer_hessian(self, y: Array) -> Array:
        self.counts["hessian"] += 1
        return self._derived(jax.hessian, self.composition.loss, y)

    def jacobian(self, x: Array) -> Array:
        return self._derived(jax.jacobian, self.composition.forward, x)

    def _derived(self, derivative: Derivative, function: Formula, x: Array) -> Array:
        """Trace the derivative once, then evaluate its jaxpr one operation after another.

        These are the operations of eager autodiff, with bitwise equal results, without its tracing
        at every point.
        """
        found = _derivative(derivative, function).trace(vars(self.k), x).jaxpr
        (result,) = jaxpr_as_fun(found)(*jax.tree.leaves((vars(self.k), x)))
        return result


@lru_cache(maxsize=KEPT)
def _derivative(derivative: Derivative, function: Formula) -> Any:
    return jax.jit(lambda k, x: derivative(lambda z: function(jnp, Constants(k), z))(x))


class Finite(FiniteDifferences, Analytic):
    """Gradients by finite differences."""
