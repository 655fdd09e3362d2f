"""How our costs grow: an Adam update with the parameters, a sweep with its members."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import backends
from benchmarks._checks import check_members, checked_members
from benchmarks._workloads import DTYPE, Updates
from benchmarks.peers.equivalents import TORCH
from benchmarks.peers.race import Whole
from benchmarks.peers.sweeps import CASE
from benchmarks.peers.updates import most

PARAMETERS = tuple(10**k for k in range(1, 9))
MEMBERS = tuple(10**k for k in range(7))
ROUNDS = 5  # the largest take a second


def _update(backend: str, n: int) -> Updates:
    hyper = TORCH["adam"].ours
    make = partial(backends.updater, "adam", f"{backend}:cpu", DTYPE, **hyper)
    return Updates("adam", hyper, make, n, most(n))


def _sweep(backend: str, members: int) -> Whole:
    starts = np.random.Generator(np.random.PCG64(0)).random((members, 2), DTYPE)
    target = f"{backend}:cpu"
    return Whole(
        lambda: backends.sweep(CASE, starts, target=target, progress=False).points,
        lambda points: check_members(CASE, starts, points[checked_members(starts)]),
    )


ALONG: dict[str, tuple[tuple[int, ...], Callable[[str, int], Any]]] = {
    "parameters": (PARAMETERS, _update),
    "members": (MEMBERS, _sweep),
}


def rivals(backend: str, along: str) -> dict[str, Any]:
    """The sizes race against each other, named by their number."""
    sizes, make = ALONG[along]
    return {str(size): make(backend, size) for size in sizes}
