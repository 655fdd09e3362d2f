"""Elementwise updates of many parameters, in cache-sized blocks on all cores."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from numpy.typing import DTypeLike

from backends.coefficients import Number
from reference.spec import Array

BLOCK = 2**16  # parameters: smaller blocks fit the cache better, but contend for the GIL more
PAGE = 4096  # bytes


def threads() -> int:
    """Return the number of threads: OMP_NUM_THREADS, or the cores this process may use."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix="update")


def empty(length: int, dtype: DTypeLike) -> Array:
    """Allocate a page-aligned array, (length,), without initialising it.

    Avoids 4K aliasing: with page-aligned arrays, loads do not stall on stores to the same offset of
    another page. Without, Adadelta takes a sixth longer.
    """
    size = length * np.dtype(dtype).itemsize
    raw = np.empty(size + PAGE, np.uint8)
    start = -raw.ctypes.data % PAGE
    return raw[start : start + size].view(dtype)


def copy(array: Array) -> Array:
    """Copy into a page-aligned array."""
    aligned = empty(len(array), array.dtype)
    aligned[:] = array
    return aligned


Share = list[tuple[slice, list[Array]]]  # one thread's blocks: each a slice, and its arrays


def shares(arrays: Sequence[Array], temporaries: int) -> list[Share]:
    """Split arrays of one length into blocks, distributed evenly among the threads.

    The arrays of a block are views of ``arrays``, then ``temporaries`` scratch arrays, which all
    blocks of a thread share.
    """
    length, dtype = len(arrays[0]), arrays[0].dtype
    blocks = [slice(start, start + BLOCK) for start in range(0, length, BLOCK)]
    size = min(threads(), len(blocks))
    result = []
    for i in range(size):
        scratch = [empty(min(length, BLOCK), dtype) for _ in range(temporaries)]
        thread_blocks = blocks[len(blocks) * i // size : len(blocks) * (i + 1) // size]
        parts = [[array[block] for array in arrays] for block in thread_blocks]
        result.append(
            [
                (block, [*part, *(array[: len(part[0])] for array in scratch)])
                for block, part in zip(thread_blocks, parts, strict=True)
            ]
        )
    return result


def walk(
    update: Callable[..., object], g: Array, shares: Sequence[Share], numbers: Sequence[Number] = ()
) -> None:
    """Call ``update(g[block], *arrays, *numbers)`` on every block, each share in a thread.

    ``update`` is elementwise and in place, so the result does not depend on blocks or threads.
    """

    def work(share: Share) -> None:
        with np.errstate(all="ignore"):  # errstate is thread-local
            for block, arrays in share:
                update(g[block], *arrays, *numbers)

    running = [_pool(len(shares)).submit(work, share) for share in shares[1:]]
    work(shares[0])
    for future in running:
        future.result()
