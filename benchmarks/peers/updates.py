"""An update of n parameters, the gradient given: ours, a user's other choices, and the limit."""

from functools import partial
from shutil import which
from typing import Any

import numpy as np

import backends
from backends.numpy import _blocks
from benchmarks._checks import Wrong
from benchmarks._workloads import DTYPE, Updates, Workload, numbers
from benchmarks.peers.equivalents import OPTAX, TORCH
from benchmarks.peers.subjects import Naive, Optax, TorchOptim

COMPILERS = ("c++", "g++", "clang++", "cl")
SMALL, MOST = 10**6, 256  # steps in a row; of more parameters than that two must do


def most(n: int) -> int:
    """How many steps of n parameters are taken in a row, each with a gradient of its own."""
    return MOST if n <= SMALL else 2


class Moved:
    """The limit: add the gradient to each of the optimizer's arrays, in numpy's threaded blocks."""

    def __init__(self, arrays: int, n: int) -> None:
        self.count, self.most, self.taken = arrays, most(n), 0
        _, (self.g,) = numbers(n, 1)
        self.arrays: list[Any] = []
        self.shares: list[Any] = []

    def start(self) -> None:
        self.taken = 0
        self.arrays = [_blocks.copy(np.zeros_like(self.g)) for _ in range(self.count)]
        self.shares = _blocks.shares(self.arrays, 0)

    def take(self, count: int) -> None:
        self.taken += count
        for _ in range(count):
            if len(self.g) <= _blocks.BLOCK:
                self._add(self.g, *self.shares[0][0][1])
            else:
                _blocks.walk(self._add, self.g, self.shares)

    @staticmethod
    def _add(g: Any, *arrays: Any) -> None:
        for array in arrays:
            np.add(array, g, out=array)

    def check(self) -> None:
        """The same sums, one after another: addition rounds in only one way."""
        expected = np.zeros_like(self.g)
        for _ in range(self.taken):
            expected += self.g
        if not all(np.array_equal(array, expected) for array in self.arrays):
            raise Wrong("the limit does not add up")


class Fused(Moved):
    """The same by torch, in one compiled pass."""

    def __init__(self, arrays: int, n: int) -> None:
        import torch

        super().__init__(arrays, n)
        self.tensor = torch.tensor(self.g)

        def add(arrays: Any, g: Any) -> None:
            for array in arrays:
                array.add_(g)

        self.add = torch.compile(add, dynamic=False, fullgraph=True)

    def start(self) -> None:
        self.taken = 0
        self.arrays = [self.tensor * 0 for _ in range(self.count)]

    def take(self, count: int) -> None:
        self.taken += count
        for _ in range(count):
            self.add(self.arrays, self.tensor)


def _can_compile() -> bool:
    """Whether torch finds a C++ compiler; without, what it compiles does not race."""
    return any(map(which, COMPILERS))


def _limits(slots: int, n: int) -> dict[str, Workload]:
    arrays = 1 + slots  # the parameters, and the slots beside them
    made: dict[str, Workload] = {"limit, numpy": Moved(arrays, n)}
    return made | ({"limit, torch": Fused(arrays, n)} if _can_compile() else {})


def _numpy(optimizer: str) -> tuple[dict[str, Any], dict[str, Any]]:
    hyper = EITHER[optimizer].ours
    return hyper, {
        "ours": partial(backends.updater, optimizer, "numpy:cpu", DTYPE, **hyper),
        "naive numpy": partial(Naive, optimizer, hyper),
    }


def _jax(optimizer: str) -> tuple[dict[str, Any], dict[str, Any]]:
    hyper = OPTAX[optimizer].ours
    return hyper, {
        "ours": partial(backends.updater, optimizer, "jax:cpu", DTYPE, **hyper),
        "optax, jitted and donated": partial(Optax, optimizer),
    }


def _torch(optimizer: str) -> tuple[dict[str, Any], dict[str, Any]]:
    kind, hyper = TORCH[optimizer].peer, TORCH[optimizer].ours
    made: dict[str, Any] = {
        "ours": partial(backends.updater, optimizer, "torch:cpu", DTYPE, **hyper),
        "torch.optim, single": partial(TorchOptim, optimizer, foreach=False),
        "torch.optim, foreach": partial(TorchOptim, optimizer, foreach=True),
    }
    if _can_compile():
        made["torch.optim, compiled"] = partial(TorchOptim, optimizer, compiled=True)
    if kind in ("SGD", "Adam", "Adagrad"):  # those that have it
        made["torch.optim, fused"] = partial(TorchOptim, optimizer, fused=True)
    return hyper, made


SUBJECTS = {"numpy": _numpy, "jax": _jax, "torch": _torch}
EITHER = OPTAX | TORCH
TABLES = {"numpy": EITHER, "jax": OPTAX, "torch": TORCH}
"""The equivalents whose hyperparameters race on each backend."""


def raced(backend: str) -> list[str]:
    """The optimizers that race on a backend: those that have an equivalent."""
    return sorted({each.optimizer for each in TABLES[backend].values()})


def _forget() -> None:
    """Drop what torch compiled for earlier races: after eight shapes it would compile no more."""
    import torch

    torch.compiler.reset()


def rivals(optimizer: str, n: int, backend: str) -> dict[str, Workload]:
    """All that race for one optimizer, each checked against the truth of its own steps."""
    _forget()
    hyper, subjects = SUBJECTS[backend](optimizer)
    made: dict[str, Workload] = {
        name: Updates(optimizer, hyper, make, n, most(n)) for name, make in subjects.items()
    }
    return made | _limits(len(TABLES[backend][optimizer].slots), n)
