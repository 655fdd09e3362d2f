"""torch over the processes of a mesh: each updates its own part, as FSDP2's optimizers do."""

import sys
from collections.abc import Callable, Sequence
from inspect import unwrap
from typing import Any, NoReturn, TypeGuard

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import DTensor, Shard, distribute_tensor

from backends.native import Native, Slots, flat, kind_of, unflat
from backends.protocol import Unsupported, check_array, slots_of
from backends.torch import engine
from backends.torch.engine import FUSED, TorchState
from reference import Invalid, Parameters
from reference.arrays import Floats
from reference.errors import shown

PLACEMENTS = (Shard(0),)


class PlacedState:
    """An updater's state on a mesh.

    Steps work on the tensors of this process; the properties show them as parts of the whole.

    Attributes
    ----------
    local
        The parameters and slots of this process, (part,).
    n
        The number of parameters of all processes.
    mesh
        The mesh over which they are spread.
    """

    __slots__ = ("local", "mesh", "n")

    def __init__(self, local: TorchState, n: int, mesh: DeviceMesh) -> None:
        self.local, self.n, self.mesh = local, n, mesh

    @property
    def x(self) -> DTensor:
        """The parameters, (n,)."""
        return self._whole(self.local.x)

    @property
    def slots(self) -> Slots[DTensor]:
        """The slots, of (n,) each."""
        slots = self.local.slots
        return unflat(kind_of(slots), [self._whole(each) for each in flat(slots)])

    @property
    def t(self) -> int:
        """The number of steps taken."""
        return self.local.t

    def _whole(self, part: Tensor) -> DTensor:
        shape = torch.Size([self.n])
        return DTensor.from_local(part, self.mesh, PLACEMENTS, shape=shape, stride=(1,))

    def __reduce__(self) -> NoReturn:
        raise Unsupported(
            "a state spread over processes is not pickled or copied: "
            "torch.distributed.checkpoint saves its x and slots, which are DTensors"
        )


class Engine(engine.Engine):
    """torch's engine for updates on `DTensor`s that are ``Shard(0)`` over a mesh."""

    def __init__(self, device: str, dtype: str, placement: object) -> None:
        super().__init__(device, dtype)
        self.mesh = _checked(placement, device)

    def placed(self, value: object) -> TypeGuard[DTensor]:
        return isinstance(value, DTensor)

    def array(self, value: ArrayLike | DTensor) -> DTensor:
        """Return a DTensor as it is; of an array that every process has, copy this one's part."""
        if isinstance(value, DTensor):
            self._check(value)
            return value
        whole = torch.tensor(np.asarray(value), dtype=self.dtype)
        if whole.dim() != 1:
            raise Invalid(f"an array of shape {tuple(whole.shape)}: expected a vector")
        return distribute_tensor(whole, self.mesh, PLACEMENTS, src_data_rank=None)

    def everywhere(self, value: ArrayLike) -> Tensor:
        return super().array(value)

    def numpy(self, x: Tensor) -> NDArray[Any]:
        """Copy an array back, gathered from all processes: all of them must call it."""
        whole = x.full_tensor() if isinstance(x, DTensor) else x
        return super().numpy(whole)

    def init(
        self,
        native: Native,
        h: Parameters,
        x: Floats | DTensor,
        slots: Sequence[Floats | DTensor] | None = None,
        t: int = 0,
    ) -> PlacedState:
        self._warn(len(x))
        part = self._copied("x0", x)
        given = None if slots is None else [self._copied("slots", each) for each in slots]
        local = TorchState(part, slots_of(native, h, part, given), t)
        return PlacedState(local, len(x), self.mesh)

    def _copied(self, name: str, value: Floats | DTensor) -> Tensor:
        """Return this process's part, a copy, which a step will overwrite."""
        found = self.array(value)
        part: Tensor = found.to_local()
        if found is not value:
            return part
        if len(found) == 0 or not part.isfinite().all():
            raise Invalid(f"{name}, placed already: expected one or more numbers, all finite")
        return part.clone()

    def updating(
        self, native: Native, h: Parameters
    ) -> Callable[[PlacedState, Tensor], PlacedState]:
        """As on one device; whether it is compiled follows from the number of all parameters."""
        few = unwrap(self._updating(native, h, sys.maxsize))  # without gradients it is below
        many = unwrap(self._updating(native, h, 0))
        mesh, needs_norm = self.mesh, native.norm is not None

        def update(state: PlacedState, g: Tensor) -> PlacedState:
            n = state.n
            if type(g) is not DTensor or g.shape[0] != n or g.placements != PLACEMENTS:
                self._check(g, n)
            if g.device_mesh is not mesh:
                self._check(g, n)
            step = many if n >= FUSED else few
            norm = self.norm(g) if needs_norm else None
            return PlacedState(step(state.local, g.to_local(), norm), n, mesh)

        without_grad: Callable[[PlacedState, Tensor], PlacedState] = torch.no_grad()(update)
        return without_grad

    def norm(self, g: Tensor) -> Tensor:
        """Return the norm of all parts, in every process: all of them must call it."""
        self._check(g)
        found: Tensor = torch.linalg.vector_norm(g).full_tensor()
        return found

    def _check(self, value: Tensor, n: int | None = None) -> None:
        """Raise `reference.Invalid` unless ``value`` is a vector of the engine's, placed so."""
        check_array(value, DTensor)
        wrong_size = n is not None and value.shape != (n,)
        if value.dim() != 1 or value.dtype != self.dtype or wrong_size:
            got = f"a tensor of shape {tuple(value.shape)} and dtype {value.dtype}"
            numbers = "" if n is None else f"{n} "
            raise Invalid(f"{got}: expected a vector of {numbers}{self.dtype}")
        if value.device_mesh != self.mesh or value.placements != PLACEMENTS:
            got = f"a DTensor placed as {value.placements} on {value.device_mesh}"
            expected = f"{PLACEMENTS} on {self.mesh}"
            raise Invalid(f"{got}: expected {expected}; redistribute moves it there")


def _checked(placement: object, device: str) -> DeviceMesh:
    if not isinstance(placement, DeviceMesh):
        expected = f"a DeviceMesh, such as torch.distributed.init_device_mesh({device!r}, (2,))"
        raise Invalid(f"placement = {shown(placement)}: expected {expected}")
    if placement.ndim != 1:
        expected = "one dimension, over which the parameters are spread"
        raise Invalid(f"placement = {placement}: expected {expected}")
    if placement.device_type != device:
        got = f"a mesh of devices of {placement.device_type}"
        raise Invalid(f"{got}: expected those of the target, {device}")
    if placement.get_coordinate() is None:
        raise Invalid(f"placement = {placement}: expected a mesh that this process is part of")
    return placement
