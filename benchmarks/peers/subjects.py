"""Other ways to take the same steps: a text's formula in numpy, torch.optim and optax.

Each is a `benchmarks._workloads.Subject`, and tells the arrays that it keeps beside the parameters.
"""

from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import reference
from benchmarks.peers.equivalents import OPTAX, TORCH


class Naive:
    """The formula as a text has it, in numpy: the specification, run on arrays."""

    def __init__(self, optimizer: str, hyper: dict[str, Any]) -> None:
        self.spec = reference.OPTIMIZERS[optimizer]
        self.h = self.spec.hyper(**hyper)

    def init(self, x0: Any) -> Any:
        x = np.array(x0)
        return x, self.spec.init(x, self.h)

    def put(self, g: Any) -> Any:
        return g

    def step(self, state: Any, g: Any) -> Any:
        return self.spec.step(SimpleNamespace(xp=np, gradient=lambda x: g), self.h, *state)

    def wait(self, state: Any) -> None:
        pass

    def get(self, state: Any) -> Any:
        return state[0]


class Trained(NamedTuple):
    """A parameter tensor and the ``torch.optim`` optimizer's step on it."""

    x: Any
    peer: Any
    step: Any


class TorchOptim:
    """A ``torch.optim`` optimizer, by its name in `TORCH`, in one of its modes."""

    def __init__(
        self, equivalent: str, dtype: str = "float32", compiled: bool = False, **mode: bool
    ) -> None:
        import torch

        self.torch, self.dtype = torch, getattr(torch, dtype)
        known = TORCH[equivalent]
        self.names, self.clip_norm = known.slots, known.clip_norm
        self.make = partial(getattr(torch.optim, known.peer), **known.theirs, **mode)
        # torch 2.13 adds Nesterov's momentum to the gradients themselves
        self.spends = bool(mode.get("foreach") and known.theirs.get("nesterov"))
        self.compiled = compiled

    def init(self, x0: Any) -> Trained:
        x = self.torch.nn.Parameter(self.tensor(x0))
        peer = self.make([x])
        step = self.torch.compile(lambda: peer.step()) if self.compiled else peer.step
        return Trained(x, peer, step)

    def tensor(self, values: Any) -> Any:
        """Numbers as a tensor, where the parameters are."""
        return self.torch.tensor(values, dtype=self.dtype)

    def put(self, g: Any) -> Any:
        return self.tensor(g)

    def step(self, state: Trained, g: Any) -> Trained:
        state.x.grad = g
        if self.clip_norm is not None:  # in place
            self.torch.nn.utils.clip_grad_norm_([state.x], self.clip_norm)
        state.step()
        return state

    def wait(self, state: Trained) -> None:
        pass

    def get(self, state: Trained) -> Any:
        return state.x.detach().numpy().copy()

    def slots(self, state: Trained) -> list[Any]:
        """What it keeps, in the order of the specification's state."""
        return [state.peer.state[state.x][name].double().numpy() for name in self.names]


class Optax:
    """An optax optimizer, by its name in `OPTAX`, jitted, its parameters and state donated."""

    def __init__(self, equivalent: str, dtype: str = "float32") -> None:
        import jax
        import optax

        self.jax, self.optax, self.dtype = jax, optax, dtype
        known = OPTAX[equivalent]
        self.names = known.slots
        peer = getattr(optax, known.peer)(**known.theirs)
        if known.clip_norm is not None:
            peer = optax.chain(optax.clip_by_global_norm(known.clip_norm), peer)
        self.peer = peer

        @partial(jax.jit, donate_argnums=(0, 1))
        def step(x: Any, state: Any, g: Any) -> Any:
            move, state = peer.update(g, state, x)
            return optax.apply_updates(x, move), state

        self.compiled = step

    def init(self, x0: Any) -> Any:
        x = self.jax.numpy.asarray(x0, self.dtype).copy()
        return x, self.peer.init(x)

    def put(self, g: Any) -> Any:
        return self.jax.numpy.asarray(g, self.dtype)

    def step(self, state: Any, g: Any) -> Any:
        return self.compiled(*state, g)

    def wait(self, state: Any) -> None:
        self.jax.block_until_ready(state)

    def get(self, state: Any) -> Any:
        return np.array(state[0])

    def slots(self, state: Any) -> list[Any]:
        """What it keeps, in the order of the specification's state."""
        found = (self.optax.tree.get(state[1], name.removeprefix("-")) for name in self.names)
        kept = zip(self.names, map(np.asarray, found), strict=True)
        return [-array if name.startswith("-") else array for name, array in kept]
