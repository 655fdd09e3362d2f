"""JAX over the devices of a mesh: parameters, gradients and slots stay where a sharding says."""

from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from numpy.typing import ArrayLike, NDArray

from backends import protocol
from backends.coefficients import BLOCK, Layout
from backends.jax import _programs, engine
from backends.jax.engine import JaxState
from backends.native import Native
from reference import Invalid, Parameters
from reference.arrays import Floats
from reference.errors import shown


class Engine(engine.Engine):
    """JAX's engine for updates on arrays of one sharding.

    The updates' program is compiled for all devices of the mesh: each computes its own part, with
    the coefficients and the counter of steps, which every device has.
    """

    def __init__(self, device: str, dtype: str, placement: object) -> None:
        super().__init__(device, dtype)
        self.placement = _checked(placement, device)
        self.replicated = NamedSharding(self.placement.mesh, PartitionSpec())

    def placed(self, value: object) -> TypeGuard[Array]:
        if not isinstance(value, Array):
            return False
        alike = value.ndim == 1 and value.sharding.is_equivalent_to(self.placement, 1)
        return len(value.sharding.device_set) > 1 or (alike and value.dtype == self.dtype)

    def array(self, value: ArrayLike | Array) -> Array:
        """Return an array that is placed already as it is; copy each device its part of another."""
        if self.placed(value):
            self._check(value)
            return value
        whole = np.array(value, dtype=self.dtype)
        _check_parts(whole.shape, self.placement)
        return _spread(whole, self.placement)

    def everywhere(self, value: ArrayLike) -> Array:
        return _spread(np.array(value, dtype=self.dtype), self.replicated)

    def program(self, layout: Layout) -> Any:
        return _programs.update(layout, self.placement, self.replicated)

    def numpy(self, x: Array) -> NDArray[Any]:
        """Copy an array back from all devices, those of other processes too."""
        if x.is_fully_addressable:
            return np.array(x)
        from jax.experimental.multihost_utils import process_allgather

        return np.array(process_allgather(x, tiled=True))

    def init(
        self,
        native: Native,
        h: Parameters,
        x: Floats | Array,
        slots: Sequence[Floats | Array] | None = None,
        t: int = 0,
    ) -> JaxState:
        copied = self._copied("x0", x)
        given = None if slots is None else [self._copied("slots", each) for each in slots]
        kept = jax.device_put(protocol.slots_of(native, h, copied, given), self.placement)
        row = _spread(np.array(t % BLOCK, np.int32), self.replicated)
        return JaxState(copied, kept, row, t)

    def _copied(self, name: str, value: Floats | Array) -> Array:
        """Return a placed copy, which a step will consume."""
        found = self.array(value)
        if found is not value:
            return found
        if found.size == 0 or not jnp.isfinite(found).all():
            raise Invalid(f"{name}, placed already: expected one or more numbers, all finite")
        return jnp.copy(found)

    def updating(self, native: Native, h: Parameters) -> Callable[[JaxState, Array], JaxState]:
        update, placement = super().updating(native, h), self.placement

        def placed(state: JaxState, g: Array) -> JaxState:
            if getattr(g, "sharding", None) != placement:
                protocol.check_array(g, Array)
                self._check(g)
            return update(state, g)

        return placed

    def _check(self, value: Array) -> None:
        """Raise `reference.Invalid` unless ``value`` is a vector of the engine's and placed so."""
        if value.ndim != 1 or value.dtype != self.dtype:
            got = f"an array of shape {value.shape} and dtype {value.dtype}"
            raise Invalid(f"{got}: expected a vector of {self.dtype}")
        if not value.sharding.is_equivalent_to(self.placement, 1):
            got = f"an array placed as {value.sharding}"
            raise Invalid(f"{got}: expected {self.placement}; jax.device_put moves it there")


def _checked(placement: object, device: str) -> NamedSharding:
    if not isinstance(placement, NamedSharding) or not isinstance(placement.mesh, Mesh):
        expected = "a jax.sharding.NamedSharding, such as NamedSharding(mesh, PartitionSpec('x'))"
        raise Invalid(f"placement = {shown(placement)}: expected {expected}")
    if len(placement.spec) > 1:
        raise Invalid(f"placement = {placement}: expected one axis, for parameters are a vector")
    if not placement.addressable_devices:
        raise Invalid(f"placement = {placement}: expected a mesh with devices of this process")
    platforms = {each.platform for each in placement.device_set}
    if platforms != {jax.devices(device)[0].platform}:
        found = ", ".join(sorted(platforms))
        raise Invalid(f"a mesh of devices of {found}: expected those of the target, {device}")
    return placement


def _check_parts(shape: tuple[int, ...], placement: NamedSharding) -> None:
    """Raise `reference.Invalid` unless a vector can be cut into equal parts, as JAX's are."""
    if len(shape) != 1:
        raise Invalid(f"an array of shape {shape}: expected a vector")
    names = placement.spec[0] if len(placement.spec) else None
    names = names if isinstance(names, tuple) else (names,) if names else ()
    parts = int(np.prod([placement.mesh.shape[name] for name in names], dtype=int))
    if shape[0] % parts:
        expected = f"a multiple of {parts}, or zeros at the end that make it one"
        raise Invalid(f"{shape[0]} parameters over {parts} devices of {names}: expected {expected}")


def _spread(whole: NDArray[Any], sharding: NamedSharding) -> Array:
    """Copy each device of this process its part; every process has the whole array."""
    return jax.make_array_from_callback(whole.shape, sharding, lambda part: whole[part])
