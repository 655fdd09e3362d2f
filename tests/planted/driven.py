"""Planted optimizers at work on one array, in any precision that their framework has."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np

from reference import OPTIMIZERS
from reference.first_order import take
from reference.precision import PRECISIONS


class Specified:
    """The specification itself in float64, as the trusted one."""

    def __init__(self, spec, h, x):
        self.spec, self.h, self.x, self.t = spec, h, np.array(x, np.float64), 0
        self.state = spec.init(self.x, h)

    def step(self, g):
        self.t += 1
        f = SimpleNamespace(xp=np, gradient=lambda x: np.asarray(g, np.float64))
        self.x, self.state = take(self.spec, f, self.h, self.x, self.state, self.t)

    def get(self):
        return self.x


class OfFunction:
    """A function ``step(x, g, state)``."""

    def __init__(self, step, x, dtype):
        self.rule, self.x, self.state = step, np.array(x, dtype), None

    def step(self, g):
        g = np.asarray(g, self.x.dtype)
        self.x, self.state = self.rule(self.x, g, self.state)

    def get(self):
        return np.asarray(self.x)


class OfTorch:
    """A function from parameters to an optimizer of torch; ``apart`` leaves gaps in the memory."""

    def __init__(self, make, x, dtype, apart=False):
        import torch

        self.torch, self.make, self.apart = torch, make, apart
        self.dtype = getattr(torch, dtype)
        self.x = torch.nn.Parameter(self.tensor(x))
        self.peer = make([self.x])

    def tensor(self, values):
        found = self.torch.tensor(np.asarray(values, np.float64)).to(self.dtype)
        return self.torch.stack([found, found + 1], 1)[:, 0] if self.apart else found

    def step(self, g):
        self.x.grad = self.tensor(g)
        self.peer.step()

    def get(self):
        wide = self.x.detach().double() if self.dtype.itemsize < 4 else self.x.detach()
        return wide.numpy().copy()

    def reload(self):
        """Save the state, and go on with a new optimizer that loads it."""
        kept = self.peer.state_dict()
        self.peer = self.make([self.x])
        self.peer.load_state_dict(kept)


class OfOptax:
    """A transformation of optax, jitted."""

    def __init__(self, peer, x, dtype):
        import jax
        import optax

        self.jax, self.dtype = jax, dtype
        self.jitted = jax.jit(lambda x, state, g: self._taken(peer, optax, x, state, g))
        with self._scope():
            self.x = jax.numpy.asarray(x, dtype)
            self.state = peer.init(self.x)

    def _taken(self, peer, optax, x, state, g):
        move, state = peer.update(g, state, x)
        return optax.apply_updates(x, move), state

    def _scope(self):
        return self.jax.enable_x64(True) if self.dtype == "float64" else nullcontext()

    def step(self, g):
        with self._scope():
            g = self.jax.numpy.asarray(g, self.dtype)
            self.x, self.state = self.jitted(self.x, self.state, g)

    def get(self):
        return np.asarray(self.x)


DRIVERS = {"functions": OfFunction, "torch": OfTorch, "optax": OfOptax}


def driven(planted, x, dtype, *, changes=None, **options):
    """A planted optimizer at ``x``, with some hyperparameters changed."""
    end = planted.where.split(":")[0].rpartition("_")[2]
    return DRIVERS[end](planted.subject(**changes or {}), x, dtype, **options)


def specified(planted, x, **changes):
    """What it is meant to be, in float64."""
    spec = OPTIMIZERS[planted.spec]
    return Specified(spec, spec.hyper(**{**planted.hyper, **changes}), x)


def rounded(numbers, dtype):
    """Numbers that ``dtype`` represents exactly, in float64."""
    return PRECISIONS[dtype].nearest(numbers)
