"""A hundred steps of gradient descent from many starts: ours, one by one, and a loop by hand."""

from dataclasses import replace
from typing import Any, Final

import numpy as np

import backends
import reference
from benchmarks._checks import check_end, check_members, checked_members
from benchmarks.peers.race import Whole

MEMBERS, STEPS, LR, COEFFICIENTS = 100_000, 100, 0.01, (1.0, 2.0)
DTYPE: Final = "float32"
CASE = reference.Case("gd", "quadratic", hyper={"lr": LR}, steps=STEPS, dtype=DTYPE)


def _starts() -> np.ndarray[Any, Any]:
    return np.random.Generator(np.random.PCG64(0)).random((MEMBERS, 2), DTYPE)


def _by_numpy() -> Any:
    a, starts = np.array(COEFFICIENTS, DTYPE), _starts()

    def run() -> Any:
        x = starts.copy()
        for _ in range(STEPS):
            x = x - LR * 2 * a * x
        return x

    return run


def _by_jax() -> Any:
    import jax

    a, starts = jax.numpy.array(COEFFICIENTS, DTYPE), jax.numpy.asarray(_starts())
    gradient = jax.vmap(jax.grad(lambda x: (a * x**2).sum()))
    run = jax.jit(lambda x: jax.lax.fori_loop(0, STEPS, lambda _, x: x - LR * gradient(x), x))
    return lambda: np.asarray(run(starts))


def _by_torch() -> Any:
    import torch

    a, starts = torch.tensor(COEFFICIENTS), torch.tensor(_starts())

    def run() -> Any:
        x = starts.clone()
        for _ in range(STEPS):
            x.requires_grad_()
            (gradient,) = torch.autograd.grad((a * x**2).sum(), x)
            x = x.detach() - LR * gradient
        return x.numpy()

    return run


LOOPS = {"numpy": _by_numpy, "jax": _by_jax, "torch": _by_torch}


def rivals(backend: str) -> dict[str, Whole]:
    """Ours and the loop by hand over all members, and one member alone."""
    target, starts = f"{backend}:cpu", _starts()
    picked = checked_members(starts)
    alone = replace(CASE, start=starts[0])
    made = {
        "ours": lambda: backends.sweep(CASE, starts, target=target, progress=False).points,
        "loop by hand": LOOPS[backend](),
    }
    one_by_one = Whole(
        lambda: backends.run(alone, target).points[-1],
        lambda point: check_end("one by one", alone, point),
        part=MEMBERS,
    )
    checked = {
        name: Whole(run, lambda points: check_members(CASE, starts, points[picked]))
        for name, run in made.items()
    }
    return checked | {"one by one": one_by_one}
