"""What torch does with sharded parameters in four processes, and in the first two of them."""

import pickle
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
from torch import distributed
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.debug import CommDebugMode
from torch.multiprocessing import start_processes

import backends
from backends.torch.engine import FUSED
from benchmarks._sharded import dispatched
from reference import Invalid
from tests.helpers import sharded

MANY = FUSED + 6
FIRST = "first.pickle"  # what the first process has found
SIZES = (1, 7, 1003, 4 * 16 * 9, 4 * 2**15 + 5)


def whole(tensor):
    return tensor.full_tensor().numpy() if isinstance(tensor, DTensor) else tensor.numpy()


def compared(case, mesh):
    """The run of a case in this process alone and on the mesh, and whether all stays there."""
    optimizer, dtype, n, hyper = case
    one, several = sharded.updaters(optimizer, "torch:cpu", dtype, mesh, hyper)
    given = sharded.numbers(n)
    ends = [sharded.state_after(updater, *given) for updater in (one, several)]
    run = sharded.Run(*case, mesh.size(), *(sharded.arrays(end, whole) for end in ends))
    slots = ends[1].slots if isinstance(ends[1].slots, tuple) else (ends[1].slots,)
    stays = all(
        type(each) is DTensor and each.placements == (Shard(0),) and each.device_mesh is mesh
        for each in (ends[1].x, *slots)
    )
    return run, stays, np.array_equal(several.get(ends[1]), run.several[0])


def counted(optimizer, mesh, hyper=None, n=1003):
    """What a step dispatches and sends on one device, and over the mesh by two ways of counting."""
    found = []
    for updater in sharded.updaters(optimizer, "torch:cpu", "float32", mesh, hyper or {}):
        state, g = updater.init(np.ones(n)), updater.put(np.ones(n))
        state = updater.step(state, g)
        found.append(dispatched(lambda u=updater, s=state, g=g: u.step(s, g)))
        with CommDebugMode() as mode:
            updater.step(state, g)
    return found, mode.get_total_counts()


def norms(mesh):
    """The norm of a gradient, its truth's numbers, and what it dispatches and sends."""
    for dtype in ("float32", "float64"):
        for n in (1, 1003):
            updater = backends.updater("gd", "torch:cpu", dtype, mesh)
            given = sharded.numbers(n)[0]
            g = updater.put(given)
            with CommDebugMode() as mode:
                found = updater.norm(g)
            sent = dispatched(lambda u=updater, g=g: u.norm(g)).sent
            yield dtype, float(found), given, sent, mode.get_total_counts()


def refused(act):
    """The sentence with which something is refused."""
    try:
        act()
    except (Invalid, backends.Unsupported) as error:
        return str(error)
    return "nothing was refused"


def refusals(four, two):
    """What is refused, by name."""
    updater = backends.updater("adam", "torch:cpu", "float32", four)
    state = updater.init(np.ones(10))
    other = distribute_tensor(torch.ones(10), four, [Replicate()], src_data_rank=None)
    square = distributed.init_device_mesh("cpu", (2, 2))
    found = {
        "a plain tensor": lambda: updater.step(state, torch.ones(10)),
        "another placement": lambda: updater.step(state, other),
        "another placement, put": lambda: updater.put(other),
        "another size": lambda: updater.step(state, updater.put(np.ones(11))),
        "another dtype": lambda: updater.put(updater.put(np.ones(10)).double()),
        "not a vector": lambda: updater.put(np.ones((2, 5))),
        "no mesh": lambda: backends.updater("adam", "torch:cpu", placement="here"),
        "two dimensions": lambda: backends.updater("adam", "torch:cpu", placement=square),
        "not finite": lambda: updater.init(updater.put(np.full(10, np.inf))),
        "a copy": lambda: state.__reduce__(),
    }
    asked = {name: refused(act) for name, act in found.items()}
    if distributed.get_rank() > 1:
        asked["not in the mesh"] = refused(
            lambda: backends.updater("gd", "torch:cpu", placement=two)
        )
    everyone = [None] * sharded.RANKS
    distributed.all_gather_object(everyone, asked)
    return everyone[-1]


def kept(mesh):
    """Whether DTensors that are given are taken as they are, and the parameters copied."""
    updater = backends.updater("gd", "torch:cpu", "float32", mesh)
    x, g = (distribute_tensor(torch.ones(9), mesh, [Shard(0)], src_data_rank=None) for _ in "xg")
    state = updater.step(updater.init(x), g)
    return updater.put(g) is g, bool((x.to_local() == 1).all()), updater.get(state)


def compiled(two):
    """The runs of so many parameters that updates are compiled.

    The first two processes share them, and the third has all of them, each with a program for
    that many.
    """
    rank, ends = distributed.get_rank(), []
    for optimizer in sharded.TIMED if rank < 3 else ():
        placement = None if rank == 2 else two
        updater = backends.updater(optimizer, "torch:cpu", "float32", placement)
        state = sharded.state_after(updater, *sharded.numbers(MANY, 2))
        ends.append(sharded.arrays(state, whole))
    everyone = [None] * sharded.RANKS
    distributed.all_gather_object(everyone, ends)
    pairs = zip(sharded.TIMED, everyone[2], everyone[0], strict=True)
    return [sharded.Run(o, "float32", MANY, {}, 2, one, several) for o, one, several in pairs]


def root_varies():
    """Whether a square root depends on where in a tensor its argument is."""
    x = torch.tensor(np.random.default_rng(0).uniform(0.1, 10, 997))
    return any(
        not torch.equal(torch.cat([part.sqrt() for part in y.split(size)]), y.sqrt())
        for y in (x, x.float())
        for size in (1, 2, 7, 31)
    )


def find(folder, extent):
    """Run the processes, and return by name what the first one found.

    They are forked where that is safe, since each would take seconds to import torch.
    """
    method = "fork" if sys.platform == "linux" else "spawn"
    start_processes(_find, (folder, extent), sharded.RANKS, start_method=method)
    return pickle.loads(Path(folder, FIRST).read_bytes())


def _find(rank, folder, extent):
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo",
        init_method=f"file://{folder}/rendezvous",
        rank=rank,
        world_size=sharded.RANKS,
        timeout=timedelta(seconds=sharded.SECONDS),
    )
    four = distributed.init_device_mesh("cpu", (sharded.RANKS,))
    two = DeviceMesh("cpu", [0, 1])
    found = {}
    for mesh in (four, two):
        if mesh.get_coordinate() is None:
            continue
        found[mesh.size()] = {
            "runs": [compared(case, mesh) for case in sharded.cases(extent, SIZES, 1003)],
            "counts": {o: counted(o, mesh) for o in sharded.some(extent)},
            "norms": list(norms(mesh)),
            "clipped": (compared(sharded.CLIPPED, mesh), counted("adam", mesh, sharded.CLIPPED[3])),
            "kept": kept(mesh),
        }
    found["compiled"] = compiled(two) if extent == "all" else []
    found["root varies"] = root_varies()
    found["refused"] = refusals(four, two)
    distributed.destroy_process_group()
    if rank == 0:
        Path(folder, FIRST).write_bytes(pickle.dumps(found))
