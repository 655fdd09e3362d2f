"""The first-order optimizers as updates: n parameters on a device, the gradients given."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from backends.targets import engine, optimizer
from reference import DTYPES, OPTIMIZERS, Invalid
from reference.errors import choose
from reference.parameters import real_numbers
from reference.spec import Array


class Updater:
    """One first-order optimizer on n parameters, the gradients given.

    ``state = init(x0)``; then ``state = step(state, put(g))``, which consumes the state and may
    return before the device is done; ``wait(state)`` waits for it, ``get(state)`` copies the
    parameters back.
    """

    def __init__(self, name: str, target: str, dtype: str, hyper: Mapping[str, Any]) -> None:
        spec = OPTIMIZERS[name]
        if not spec.first_order:
            known = ", ".join(o for o, s in OPTIMIZERS.items() if s.first_order)
            raise Invalid(f"{name!r} needs more than gradients: expected one of {known}")
        self._h = spec.hyper.build(name, hyper)
        self._engine = engine(target, choose("dtype", dtype, DTYPES))
        self._optimizer = optimizer(target, name)
        self._update = self._engine.updating(self._optimizer, self._h)
        self._dtype = dtype

    def init(self, x0: Any) -> Any:
        """Copy a 1-D array of n finite parameters to the device."""
        x = real_numbers("x0", x0, self._dtype)
        if x.ndim != 1 or x.size == 0:
            raise Invalid(f"x0 of shape {x.shape}: expected a 1-D array of one or more parameters")
        with self._engine.scope():
            return self._engine.init(self._optimizer, self._h, x)

    def put(self, g: Any) -> Array:
        """Copy a gradient to the device."""
        with self._engine.scope():
            return self._engine.array(np.asarray(g))

    def step(self, state: Any, g: Array) -> Any:
        """Take one step with the gradient ``g``, of the parameters' shape; consumes ``state``."""
        if g.shape != state.x.shape:
            raise Invalid(f"a gradient of shape {tuple(g.shape)}: expected {tuple(state.x.shape)}")
        return self._update(state, g)

    def wait(self, state: Any) -> None:
        """Return once the device has finished computing ``state``."""
        self._engine.wait(state)

    def get(self, state: Any) -> np.ndarray[Any, Any]:
        """Return the parameters as a new numpy array, shape (n,)."""
        with self._engine.scope():
            return self._engine.numpy(state.x)


def updater(name: str, target: str = "numpy:cpu", dtype: str = "float64", **hyper: Any) -> Updater:
    """Make an `Updater` for a first-order optimizer.

    Raises
    ------
    reference.Unknown, reference.Invalid
        An unknown id or dtype, an optimizer that needs more than gradients, bad hyperparameters.
    Unsupported
        What this target cannot do here, with the reason.
    """
    return Updater(name, target, dtype, hyper)
