"""What one step of a subject consists of, by what its framework counts."""

from collections.abc import Callable, Mapping
from typing import Any

from backends.conformance.subjects import Running
from backends.protocol import Unsupported
from benchmarks._sharded import dispatched
from benchmarks.regressions.counters import bytecodes
from benchmarks.regressions.programs import kernels


def tally(target: str, running: Running, handed: Any) -> Mapping[str, int]:
    """Take a step with what `Running.put` returned, and return its counts by their names.

    On torch the operations that are dispatched, on JAX the kernels of the step's compiled program
    where it has one, on numpy Python's bytecodes; elsewhere nothing.
    """
    count = COUNTS.get(target.split(":")[0])
    return count(running, handed) if count else {}


def _on_torch(running: Running, handed: Any) -> Mapping[str, int]:
    return {"operations": dispatched(lambda: running.take(handed)).operations}


def _on_jax(running: Running, handed: Any) -> Mapping[str, int]:
    try:
        return {"kernels": len(kernels(running.program(handed)))}
    except Unsupported:
        return {}


def _on_numpy(running: Running, handed: Any) -> Mapping[str, int]:
    return {"bytecodes": bytecodes(lambda: running.take(handed))}


COUNTS: Mapping[str, Callable[[Running, Any], Mapping[str, int]]] = {
    "torch": _on_torch,
    "jax": _on_jax,
    "numpy": _on_numpy,
}
