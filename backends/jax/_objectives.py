"""What an optimizer may ask of a problem, in JAX's arithmetic."""

from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun

from backends.objective import FiniteDifferences, nearest_input
from reference.objective import Constants, Objective
from reference.spec import Array

KEPT = 128  # derivatives


class Analytic(Objective):
    """The problem's own formulas."""

    def single(self, y: Array) -> Array:
        return y.astype(jnp.float32)

    def numerical_inverse(self, y: Array, x: Array) -> Array:
        """The inverse found by scipy on the host, from within a compiled program too."""
        self.counts["inverse"] += 1
        forward = self.composition.forward
        shape = jax.ShapeDtypeStruct(x.shape, x.dtype)

        def on_host(y: Array, x: Array, k: dict[str, Any]) -> np.ndarray[Any, Any]:
            bound = Constants(jax.tree.map(np.asarray, k))
            found = nearest_input(lambda z: forward(np, bound, z), np.asarray(y), np.asarray(x))
            return found.astype(x.dtype)

        return jax.pure_callback(on_host, shape, y, x, vars(self.k), vmap_method="sequential")


class Autodiff(Analytic):
    """The derivatives that JAX finds."""

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

    def _derived(self, derivative: Any, function: Any, x: Array) -> Array:
        """Find the derivative once, then take its operations one after another.

        The same operations as finding it anew at every point, so the same digits, for a fraction
        of the time.
        """
        found = _derivative(derivative, function).trace(vars(self.k), x).jaxpr
        (result,) = jaxpr_as_fun(found)(*jax.tree.leaves((vars(self.k), x)))
        return result


@lru_cache(maxsize=KEPT)
def _derivative(derivative: Any, function: Any) -> Any:
    return jax.jit(lambda k, x: derivative(lambda z: function(jnp, Constants(k), z))(x))


class Finite(FiniteDifferences, Analytic):
    """Gradients by finite differences."""
