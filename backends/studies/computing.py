"""What a worker does: it computes a part, and returns the bytes of its Parquet file."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

from backends.protocol import Ends
from backends.studies import conditions
from backends.studies.grids import Part
from backends.sweeping import compute, parts
from backends.targets import engine
from reference.arrays import Ints

STATUSES = ("finished", "converged", "diverged")
META = "descent-bench"
OPTIONS: Mapping[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "write_page_checksum": True,
}
_limited = threading.local()


class Different(Exception):
    """A worker has other versions of packages; the message names them."""


def part_file(part: Part) -> bytes:
    """Compute a part and return its Parquet file.

    It is a function of the part alone, on machines of the same arithmetic.

    Raises
    ------
    Different
        If this process has other versions than the part expects.
    """
    target, dtype = part.grid.target, part.grid.case.dtype
    wrong = conditions.differing(part.expected)
    if wrong:
        raise Different(f"{conditions.machine()['name']} has {', '.join(wrong)}")
    engine(target, dtype)
    _use_one_thread(target)
    begun = time.perf_counter(), time.process_time()
    table, sink = _table(part), pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, **OPTIONS) as writer:
        writer.write_table(table)
        known = {
            **described(part),
            "seconds": time.perf_counter() - begun[0],
            "cpu": time.process_time() - begun[1],
            "versions": dict(part.expected),
            "machine": conditions.machine(),
            "arithmetic": conditions.arithmetic(target, dtype),
        }
        writer.add_key_value_metadata({META: json.dumps(known)})
    return bytes(sink.getvalue())


def described(part: Part) -> dict[str, Any]:
    """Return what a part is, as JSON types: the same wherever it is computed."""
    case = part.grid.case
    return {
        "study": part.study,
        "part": part.id,
        "grid": part.digest,
        "case": case.to_dict(),
        "digest": case.digest,
        "target": part.grid.target,
        "derivatives": part.grid.derivatives,
        "first": part.first,
        "last": part.last,
    }


def _use_one_thread(target: str) -> None:
    """Keep BLAS and OpenMP of this thread to one thread: where work is split, bits may differ."""
    done = vars(_limited).setdefault("targets", set())
    if target not in done:
        threadpool_limits(limits=1)
        done.add(target)


def _table(part: Part) -> pa.Table:
    ends: list[Ends] = []
    grid = part.grid.grid
    for cut in parts(len(part), part.block):
        whole = slice(part.first + cut.start, part.first + cut.stop)
        ends.append(compute(grid.block(whole, part.grid.starts.rows)))
    joined = Ends(*map(np.concatenate, zip(*ends, strict=True)))
    columns = {**_labels(part), **_given(part), **_found(part, joined)}
    return pa.table(columns)


def _labels(part: Part) -> dict[str, pa.Array]:
    case = part.grid.case
    labels = {
        "study": part.study,
        "part": part.id,
        "case": case.digest,
        "optimizer": case.spec.id,
        "problem": case.problem.id,
        "target": part.grid.target,
        "dtype": str(case.dtype),
    }
    zeros = np.zeros(len(part), np.int32)
    return {n: _words(zeros, (value,)) for n, value in labels.items()}


def _words(indices: Ints | Any, words: tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(words))


def _given(part: Part) -> dict[str, pa.Array]:
    """The columns of members' indices, hyperparameters and starts."""
    grid, count = part.grid, len(part)
    members = np.arange(part.first, part.last)
    found = {"member": pa.array(members)}
    swept = grid.chosen(members)
    fixed = grid.case.hyperparameters.to_dict()
    for name in part.hyper:
        value = swept.get(name, fixed.get(name))  # None where it is not there, or not used
        found[name] = pa.nulls(count, pa.float64()) if value is None else _numbers(value, count)
    starts = grid.starts.rows(members // grid.combinations)
    return found | _coordinates("start", starts, part.dimension)


def _numbers(value: Any, count: int) -> pa.Array:
    return pa.array(np.broadcast_to(np.float64(value), (count,)))


def _found(part: Part, ends: Ends) -> dict[str, pa.Array]:
    """The columns of last points, values, steps and status."""
    finite = np.isfinite(ends.values) & np.isfinite(ends.points).all(axis=1)
    status = np.where(finite, np.where(ends.reached, 1, 0), 2)
    return {
        **_coordinates("point", ends.points, part.dimension),
        "value": pa.array(ends.values.astype(np.float64)),
        "steps": pa.array(ends.steps),
        "status": _words(status, STATUSES),
    }


def _coordinates(name: str, points: Any, dimension: int) -> dict[str, pa.Array]:
    """A column for each coordinate; null for those that the problem has not."""
    wide = np.asarray(points, dtype=np.float64)
    there = {f"{name}{i}": pa.array(np.ascontiguousarray(c)) for i, c in enumerate(wide.T)}
    rest = range(wide.shape[1], dimension)
    return there | {f"{name}{i}": pa.nulls(len(wide), pa.float64()) for i in rest}
