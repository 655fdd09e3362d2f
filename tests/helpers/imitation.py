"""Imitate another machine: add errors in the last place to a framework's eager function."""

import functools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np

SHARE = 1 / 6
HASH_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # multiplier of a hash of the argument's bits
CORRECT = {"sqrt": np.sqrt}  # correctly rounded by numpy; bound here before it is replaced


class Wrong:
    """An elementwise function that is ``units`` in the last place off for a share of arguments.

    A hash of an argument's bits decides whether its result is wrong, and in which direction. Exact
    results stay exact, as on the machines that are imitated.
    """

    def __init__(self, name: str, units: int, share: float) -> None:
        self.rounded = CORRECT.get(name)
        self.wide = getattr(np, name)
        self.units, self.share = units, share

    def __call__(self, x: np.ndarray) -> np.ndarray:
        x = np.asarray(x)
        with np.errstate(all="ignore"):
            wide = self.wide(x.astype(np.float64 if x.dtype.itemsize < 8 else np.longdouble))
            right = wide.astype(x.dtype) if self.rounded is None else self.rounded(x)
            hit, direction = self._chosen(x)
            hit &= np.isfinite(right) & (wide != right)
            off = right
            for _ in range(self.units):
                off = np.nextafter(off, direction)
        return np.where(hit, off, right)

    def _chosen(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether each result is to be wrong, and the infinity towards which it moves."""
        bits = x.view(f"u{x.dtype.itemsize}").astype(np.uint64)
        mixed = (bits ^ (bits >> np.uint64(29))) * HASH_MULTIPLIER
        drawn = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
        sign = np.where(mixed & np.uint64(1 << 5), np.inf, -np.inf)
        return drawn < self.share, sign.astype(x.dtype)


@contextmanager
def imitated(function: str, units: int = 1, share: float = SHARE) -> Iterator[None]:
    """Make every eager call of ``function`` in this process wrong.

    Parameters
    ----------
    function
        A framework and an elementwise function that numpy has by the same name, such as
        "torch.sqrt", "jax.exp" or "numpy.cos".
    units
        The error, in units in the last place of the correctly rounded result.
    share
        The share of arguments for which the result is wrong.

    Raises
    ------
    ValueError
        If there is no such function.
    """
    framework, _, name = function.partition(".")
    if framework not in REPLACE or getattr(getattr(np, name, None), "nin", 0) != 1:
        known = ", ".join(REPLACE)
        raise ValueError(f"{function!r}: expected a function of one argument of {known}")
    with REPLACE[framework](name, Wrong(name, units, share)):
        yield


@contextmanager
def _torch(name: str, wrong: Wrong) -> Iterator[None]:
    """Replace the CPU kernels below autograd, which all eager calls reach."""
    import torch

    cpu = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)
    original = torch.library.get_kernel(f"aten::{name}", "CPU")
    power = torch.library.get_kernel("aten::pow.Tensor_Scalar", "CPU")

    def compute(x):
        if x.dtype not in (torch.float32, torch.float64):
            return original.call_boxed(cpu, x)
        return torch.from_numpy(wrong(x.numpy(force=True)))

    def raised(x, exponent):
        return compute(x) if exponent == 0.5 else power.call_boxed(cpu, x, exponent)

    kernels = _forms(compute, name, f"{name}_", f"{name}.out")
    if name == "sqrt":  # torch computes x ** 0.5 by it
        kernels |= _forms(raised, "pow.Tensor_Scalar", "pow_.Scalar", "pow.Tensor_Scalar_out")
    library = torch.library.Library("aten", "IMPL")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about overriding registered kernels
        for each, kernel in kernels.items():
            library.impl(each, kernel, "CPU")
    try:
        yield
    finally:
        library._destroy()


def _forms(compute: Callable, functional: str, in_place: str, out: str) -> dict[str, Callable]:
    """The functional, in-place and out kernels of a function, by their names."""
    return {
        functional: compute,
        in_place: lambda x, *rest: x.copy_(compute(x, *rest)),
        out: lambda x, *rest, out: _into(out, compute(x, *rest)),
    }


def _into(out, result):
    return out.resize_(result.shape).copy_(result)


@contextmanager
def _jax(name: str, wrong: Wrong) -> Iterator[None]:
    """Replace the primitive's eager implementation, and jax.numpy's function, itself a `jit`."""
    import jax
    import jax.numpy as jnp

    primitive = getattr(jax.lax, f"{name}_p")
    compiled = getattr(jnp, name)

    def eager(x, **options):
        return jax.device_put(wrong(np.asarray(x)), x.device)

    @functools.wraps(compiled)
    def function(x):
        plain = isinstance(x, jax.Array) and not isinstance(x, jax.core.Tracer)
        return eager(x) if plain and x.dtype in ("float32", "float64") else compiled(x)

    with mock.patch.object(primitive, "impl", eager), mock.patch.object(jnp, name, function):
        yield


class _Ufunc:
    """A stand-in for a ufunc of one argument that gives wrong results."""

    def __init__(self, ufunc: np.ufunc, wrong: Wrong) -> None:
        self.ufunc, self.wrong = ufunc, wrong
        self.__name__ = ufunc.__name__

    def __getattr__(self, name: str) -> object:
        return getattr(self.ufunc, name)

    def __call__(self, x, out=None, **options):
        override = getattr(type(x), "__array_ufunc__", np.ndarray.__array_ufunc__)
        if override is not np.ndarray.__array_ufunc__:
            return x.__array_ufunc__(self, "__call__", x, **options)
        result = self.ufunc(x, **options)
        if result.dtype in (np.float32, np.float64):
            result = self.wrong(np.asarray(x, dtype=result.dtype))[()]
        if out is None:
            return result
        (out[0] if isinstance(out, tuple) else out)[...] = result
        return out


@contextmanager
def _numpy(name: str, wrong: Wrong) -> Iterator[None]:
    """Replace the function in numpy's namespace, from which our code calls it."""
    with mock.patch.object(np, name, _Ufunc(getattr(np, name), wrong)):
        yield


REPLACE = {"torch": _torch, "jax": _jax, "numpy": _numpy}
