"""An update of sharded parameters: ours and torch.optim's on DTensors.

The limit is torch.optim on plain tensors: what DTensors cost beyond is dispatch. One process is
enough, for that is the same wherever the other parts are.
"""

from functools import partial
from typing import Any

import backends
from benchmarks._sharded import placement, without_gloo
from benchmarks._workloads import DTYPE, Updates, Workload
from benchmarks.peers import updates
from benchmarks.peers.equivalents import TORCH
from benchmarks.peers.subjects import TorchOptim

BACKEND, TARGET = "torch", "torch:cpu"
FUSED = ("Adam",)  # those of torch.optim whose fused kernel takes DTensors
MODES: dict[str, dict[str, Any]] = {
    "single": {"foreach": False},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
}


class Sharded(TorchOptim):
    """A ``torch.optim`` optimizer of a parameter that is a DTensor."""

    def __init__(self, optimizer: str, dtype: str = "float32", **mode: bool) -> None:
        super().__init__(optimizer, dtype, **mode)
        self.mesh = placement(TARGET)

    def tensor(self, values: Any) -> Any:
        from torch.distributed.tensor import Shard, distribute_tensor

        plain = super().tensor(values)
        return distribute_tensor(plain, self.mesh, [Shard(0)], src_data_rank=None)

    def get(self, state: Any) -> Any:
        return state.x.detach().full_tensor().numpy().copy()


def raced(backend: str) -> list[str]:
    """The optimizers that race on a backend: torch's, where it has gloo."""
    return updates.raced(BACKEND) if backend == BACKEND and without_gloo() is None else []


def rivals(optimizer: str, n: int) -> dict[str, Workload]:
    """All that race for one optimizer, each checked against the truth of its own steps."""
    kind, hyper = TORCH[optimizer].peer, TORCH[optimizer].ours
    ours = partial(backends.updater, optimizer, TARGET, DTYPE, **hyper)
    made: dict[str, Any] = {
        "ours": lambda: ours(placement=placement(TARGET)),
        "ours, plain tensors": ours,
    }
    for name, mode in MODES.items():
        if name != "fused" or kind in FUSED:
            made[f"torch.optim, {name}"] = partial(Sharded, optimizer, **mode)
            made[f"limit, {name} on plain tensors"] = partial(TorchOptim, optimizer, **mode)
    steps = updates.most(n)
    return {name: Updates(optimizer, hyper, make, n, steps) for name, make in made.items()}
