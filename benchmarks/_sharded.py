"""Sharded parameters: over what they are spread, and what work on them dispatches and sends."""

import atexit
import math
import os
import re
from collections.abc import Callable
from inspect import signature
from typing import Any, NamedTuple

import backends

DEVICES = 8  # of JAX's on the host
FORCED = "--xla_force_host_platform_device_count"
SENDERS = ("gloo:", "nccl:")  # torch's libraries that communicate, in its profiler's names
COLLECTIVES = (
    "all-gather",
    "all-reduce",
    "all-to-all",
    "collective-broadcast",
    "collective-permute",
    "ragged-all-to-all",
    "recv",
    "reduce-scatter",
    "send",
)
SENT = re.compile(rf" = (\(.*?\)|\S+) (?:{'|'.join(COLLECTIVES)})(?:-start)?\(")
SHAPE = re.compile(r"\b[a-z]+\d+\[([\d,]*)\]")


def forced(flags: str) -> str:
    """Return ``XLA_FLAGS`` by which JAX has `DEVICES` devices on the host."""
    return flags if FORCED in flags else f"{flags} {FORCED}={DEVICES}".strip()


def force_devices() -> None:
    """Give JAX `DEVICES` devices on the host in this process, which must not have used it yet."""
    os.environ["XLA_FLAGS"] = forced(os.environ.get("XLA_FLAGS", ""))


def _on_jax(device: str) -> Any:
    """All devices that JAX has in this process."""
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    return NamedSharding(Mesh(jax.devices(device), "devices"), PartitionSpec("devices"))


def without_gloo() -> str | None:
    """Why torch cannot spread parameters over processes of this host, or None."""
    from torch import distributed

    if distributed.is_available() and distributed.is_gloo_available():
        return None
    return "this torch is built without gloo, by which processes communicate on the host"


def _on_torch(device: str) -> Any:
    """This process alone, unless it is one of a group: DTensors are dispatched alike."""
    from torch import distributed

    if why := without_gloo():
        raise NotImplementedError(why)
    if not distributed.is_initialized():
        store = distributed.HashStore()
        distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
        atexit.register(distributed.destroy_process_group)
    return distributed.init_device_mesh(device, (distributed.get_world_size(),))


MESHES = {"jax": _on_jax, "torch": _on_torch}


def placement(target: str) -> Any:
    """Return what spreads parameters over all devices of a target in this process.

    Raises
    ------
    NotImplementedError
        Where the measured commit or this build of the framework has none.
    """
    backend, device = target.split(":")
    if "placement" not in signature(backends.updater).parameters:
        raise NotImplementedError("placements are not in this commit")
    return MESHES[backend](device)


def sent(program: str) -> list[int]:
    """Return how many numbers each communication of a program has, from XLA's text of it."""
    return [sum(map(_size, SHAPE.findall(found[1]))) for found in SENT.finditer(program)]


def _size(shape: str) -> int:
    return math.prod(int(length) for length in shape.split(",") if length)


class Dispatched(NamedTuple):
    """What torch dispatches: how many operations, and the numbers that each communication has.

    Operations are kernels and inductor's graphs; on DTensors one of the whole, and one of the part.
    """

    operations: int
    sent: list[int]


def dispatched(work: Callable[[], None]) -> Dispatched:
    """Do the work once, and return what torch dispatches."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as profiled:
        work()
    events = [e for e in profiled.events() or () if not e.name.startswith("[memory]")]
    return Dispatched(
        sum(e.name.startswith(("aten::", "graph_")) for e in events),
        [sum(map(math.prod, e.input_shapes)) for e in events if e.name.startswith(SENDERS)],
    )
