"""An update of n parameters, the gradient given: ours, a user's other choices, and the limit."""

from functools import partial
from shutil import which
from types import SimpleNamespace
from typing import Any

import numpy as np

import backends
import reference
from backends.numpy import _blocks
from benchmarks.peers.equivalents import OPTAX, TORCH

COMPILERS = ("c++", "g++", "clang++", "cl")
DTYPE = "float32"
CHECKED = 1  # step in which all rivals must go to the same point: foreach changes the gradient
CLOSE = 1e-4  # their conventions are ours, but for rounding


def _numbers(n: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.Generator(np.random.PCG64(0))
    return rng.random(n, DTYPE), rng.random(n, DTYPE) - np.array(0.5, DTYPE)


class Ours:
    """Our updater."""

    def __init__(self, optimizer: str, target: str, hyper: dict[str, Any], n: int) -> None:
        x0, g = _numbers(n)
        self.updater = backends.updater(optimizer, target, DTYPE, **hyper)
        self.state, self.g = self.updater.init(x0), self.updater.put(g)

    def take(self, count: int) -> None:
        step, state = self.updater.step, self.state
        for _ in range(count):
            state = step(state, self.g)
        self.updater.wait(state)
        self.state = state

    def get(self) -> Any:
        return self.updater.get(self.state)


class Naive:
    """The formula as a text has it, in numpy: the specification, run on arrays."""

    def __init__(self, optimizer: str, hyper: dict[str, Any], n: int) -> None:
        spec = reference.OPTIMIZERS[optimizer]
        self.x, g = _numbers(n)
        h = spec.hyper(**hyper)
        self.state = spec.init(self.x, h)
        self.step = partial(spec.step, SimpleNamespace(xp=np, gradient=lambda x: g), h)

    def take(self, count: int) -> None:
        for _ in range(count):
            self.x, self.state = self.step(self.x, self.state)

    def get(self) -> Any:
        return self.x


class TorchOptim:
    """A ``torch.optim`` optimizer, in one of its modes."""

    def __init__(self, optimizer: str, n: int, compiled: bool = False, **mode: bool) -> None:
        import torch

        kind, _, theirs, _ = TORCH[optimizer]
        x0, g = _numbers(n)
        self.x = torch.nn.Parameter(torch.tensor(x0))
        self.x.grad = torch.tensor(g)
        step = getattr(torch.optim, kind)([self.x], **theirs, **mode).step
        self.step = torch.compile(lambda: step(), fullgraph=False) if compiled else step

    def take(self, count: int) -> None:
        for _ in range(count):
            self.step()

    def get(self) -> Any:
        return self.x.detach().numpy().copy()


class Optax:
    """An optax optimizer, jitted, its parameters and state donated."""

    def __init__(self, optimizer: str, n: int) -> None:
        import jax
        import optax

        kind, _, theirs, _ = OPTAX[optimizer]
        peer = getattr(optax, kind)(**theirs)
        x0, g = _numbers(n)
        self.x, self.g = jax.numpy.asarray(x0), jax.numpy.asarray(g)
        self.state = peer.init(self.x)
        self.wait = jax.block_until_ready

        @partial(jax.jit, donate_argnums=(0, 1))
        def step(x: Any, state: Any, g: Any) -> Any:
            move, state = peer.update(g, state, x)
            return optax.apply_updates(x, move), state

        self.step = step

    def take(self, count: int) -> None:
        for _ in range(count):
            self.x, self.state = self.step(self.x, self.state, self.g)
        self.wait(self.x)

    def get(self) -> Any:
        return np.array(self.x)


class Moved:
    """The limit: add the gradient to each of the optimizer's arrays, in numpy's threaded blocks."""

    def __init__(self, arrays: int, n: int) -> None:
        self.g = _numbers(n)[1]
        self.shares = _blocks.shares([_blocks.copy(np.zeros(n, DTYPE)) for _ in range(arrays)], 0)

    def take(self, count: int) -> None:
        for _ in range(count):
            if len(self.g) <= _blocks.BLOCK:
                self._add(self.g, *self.shares[0][0][1])
            else:
                _blocks.walk(self._add, self.g, self.shares)

    @staticmethod
    def _add(g: Any, *arrays: Any) -> None:
        for array in arrays:
            np.add(array, g, out=array)


class Fused:
    """The same by torch, in one compiled pass."""

    def __init__(self, arrays: int, n: int) -> None:
        import torch

        self.g = torch.tensor(_numbers(n)[1])
        self.arrays = [torch.zeros(n) for _ in range(arrays)]

        def add(arrays: Any, g: Any) -> None:
            for array in arrays:
                array.add_(g)

        self.add = torch.compile(add, dynamic=False, fullgraph=True)

    def take(self, count: int) -> None:
        for _ in range(count):
            self.add(self.arrays, self.g)


def _can_compile() -> bool:
    """Whether torch finds a C++ compiler; without, what it compiles does not race."""
    return any(map(which, COMPILERS))


def _limits(optimizer: str, n: int) -> dict[str, Any]:
    arrays = _arrays(optimizer)
    made: dict[str, Any] = {"limit, numpy": Moved(arrays, n)}
    return made | ({"limit, torch": Fused(arrays, n)} if _can_compile() else {})


def _arrays(optimizer: str) -> int:
    """The parameters, and the slots beside them."""
    return 1 + len(TORCH[optimizer][3])


def _numpy(optimizer: str, n: int) -> dict[str, Any]:
    hyper = TORCH[optimizer][1]
    return {
        "ours": Ours(optimizer, "numpy:cpu", hyper, n),
        "naive numpy": Naive(optimizer, hyper, n),
    }


def _jax(optimizer: str, n: int) -> dict[str, Any]:
    return {
        "ours": Ours(optimizer, "jax:cpu", OPTAX[optimizer][1], n),
        "optax, jitted and donated": Optax(optimizer, n),
    }


def _torch(optimizer: str, n: int) -> dict[str, Any]:
    made = {
        "ours": Ours(optimizer, "torch:cpu", TORCH[optimizer][1], n),
        "torch.optim, single": TorchOptim(optimizer, n, foreach=False),
        "torch.optim, foreach": TorchOptim(optimizer, n, foreach=True),
    }
    if _can_compile():
        made["torch.optim, compiled"] = TorchOptim(optimizer, n, compiled=True)
    if TORCH[optimizer][0] in ("SGD", "Adam", "Adagrad"):  # those that have it
        made["torch.optim, fused"] = TorchOptim(optimizer, n, fused=True)
    return made


RIVALS = {"numpy": _numpy, "jax": _jax, "torch": _torch}


def _forget() -> None:
    """Drop what torch compiled for earlier races: after eight shapes it would compile no more."""
    import torch

    torch.compiler.reset()


def rivals(optimizer: str, n: int, backend: str) -> dict[str, Any]:
    """All that race for one optimizer, each found to go where ours goes."""
    _forget()
    made = RIVALS[backend](optimizer, n)
    ends = {}
    for name, rival in made.items():
        rival.take(CHECKED)
        ends[name] = rival.get()
    for name, end in ends.items():
        if not np.allclose(end, ends["ours"], rtol=CLOSE, atol=CLOSE):
            raise AssertionError(f"{optimizer}, {backend}: {name} does not go where ours goes")
    return made | _limits(optimizer, n)
