"""Elementwise updates of many parameters: in blocks that fit a cache, on every core."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from reference.spec import Array

BLOCK = 2**16  # parameters: few calls, and with its slots a block stays in a core's own cache


def threads() -> int:
    """How many threads share an update: OMP_NUM_THREADS, or every core this process may use."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix="update")


def walk(update: Callable[[Array, Array, Any], object], x: Array, g: Array, slots: Any) -> None:
    """Call ``update(x, g, slots)`` on every block, the temporaries never larger than one.

    ``update`` is elementwise and changes ``x`` and the slots in place; what it returns is not used.
    Each element is computed as it would be alone, so blocks and threads change no digit.
    """
    blocks = [slice(start, start + BLOCK) for start in range(0, len(x), BLOCK)]

    def work(share: list[slice]) -> None:
        with np.errstate(all="ignore"):  # numpy keeps it for each thread apart
            for part in share:
                update(x[part], g[part], _part(slots, part))

    size = min(threads(), len(blocks))
    first, *others = (
        blocks[len(blocks) * i // size : len(blocks) * (i + 1) // size] for i in range(size)
    )
    running = [_pool(size).submit(work, share) for share in others]
    work(first)
    for future in running:
        future.result()


def _part(slots: Any, part: slice) -> Any:
    if isinstance(slots, np.ndarray):
        return slots[part]
    return type(slots)(*(array[part] for array in slots)) if slots else slots
