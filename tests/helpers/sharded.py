"""Sharded updates in processes of their own: JAX on eight devices, torch in four processes.

``python -m tests.helpers.sharded jax FOLDER EXTENT``, ``torch FOLDER EXTENT`` and ``hosts FOLDER
RANK PORT`` (two processes of JAX) write what they find, of few cases or of all.
"""

import os
import pickle
import socket
import subprocess
import sys
import time
from typing import NamedTuple

import numpy as np
import pytest

import backends
from benchmarks._sharded import FORCED, forced, without_gloo
from reference import DOCUMENTED
from tests.helpers.lists import FIRST_ORDER, off_defaults, settings
from tests.helpers.once import once
from tests.helpers.recipes import ROOT

STEPS = 5
EXTENTS = ("few", pytest.param("all", marks=pytest.mark.exhaustive))
TIMED = [name for name in FIRST_ORDER if name in DOCUMENTED]  # with so many parameters
RANKS = 4
HOSTS = 2
SECONDS = 600  # after which a process that waits for another one has failed


class Run(NamedTuple):
    """An updater's run on one device and on several.

    ``one`` and ``several`` are lists of arrays: the parameters, then the slots.
    """

    optimizer: str
    dtype: str
    n: int
    hyper: dict
    over: int
    one: list
    several: list

    @property
    def different(self):
        """How many numbers have other bits."""
        pairs = zip(self.one, self.several, strict=True)
        return sum(int((a != b).sum()) for a, b in pairs)


def cases(extent, sizes, few):
    """(optimizer, dtype, n, hyper): all sizes by default, every option on the number ``few``.

    Of few cases, on that number alone: the defaults in float32, and all numbers off in float64; and
    of one optimizer all sizes.
    """
    for optimizer in FIRST_ORDER:
        if extent == "few":
            yield optimizer, "float32", few, {}
            yield optimizer, "float64", few, off_defaults(optimizer)
        if extent == "few" and optimizer != CLIPPED[0]:
            continue
        for dtype in ("float32", "float64"):
            yield from ((optimizer, dtype, n, {}) for n in sizes)
        if extent == "all":
            options = list(settings(optimizer))[1:]
            yield from ((optimizer, "float32", few, hyper) for hyper in options)


def some(extent):
    """All optimizers, or every fifth."""
    return FIRST_ORDER if extent == "all" else FIRST_ORDER[::5]


def numbers(n, steps=STEPS):
    """A start and gradients of many magnitudes, (n,) each, some of them zero."""
    rng = np.random.default_rng(n)
    rows = rng.normal(size=(1 + steps, n)) * 10.0 ** rng.uniform(-6, 3, size=(1 + steps, n))
    rows[:, 4::5] = 0
    start, *gradients = rows.astype(np.float32)
    return start, gradients


CLIPPED = ("adam", "float32", 56, {"clip_norm": 0.5, "weight_decay": 0.1})


def state_after(updater, start, gradients):
    """The state after a step with each gradient."""
    state = updater.init(start)
    for g in gradients:
        state = updater.step(state, updater.put(g))
    return state


def arrays(state, whole=np.asarray):
    """The parameters and slots of a state as numpy arrays."""
    slots = state.slots if isinstance(state.slots, tuple) else (state.slots,)
    return [np.array(whole(each)) for each in (state.x, *slots)]


def start(folder, *arguments, **environment):
    """Start a process of this module, whose output goes into the folder."""
    command = (sys.executable, "-W", "error::UserWarning", "-m", "tests.helpers.sharded")
    log = (folder / f"{'-'.join(arguments)}.log").open("wb")
    with log:
        return subprocess.Popen(
            (*command, arguments[0], str(folder), *arguments[1:]),
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )


def _killed(pair):
    """Whether a process was ended because another one had failed."""
    return pair[0].returncode < 0


def run(folder, *each, **environment):
    """Run processes together, and return what each has found; one that fails ends the others."""
    processes = [start(folder, *arguments, **environment) for arguments in each]
    try:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and any(process.poll() is None for process in processes):
            if any(process.poll() for process in processes):
                break
            time.sleep(0.1)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    for process, arguments in sorted(zip(processes, each, strict=True), key=_killed):
        log = (folder / f"{'-'.join(arguments)}.log").read_text(errors="replace")
        assert process.returncode == 0, log[-3000:]
    return [pickle.loads((folder / f"{'-'.join(a)}.pickle").read_bytes()) for a in each]


def found(shared, backend, find, *arguments):
    """What other processes find, once for all workers; ``find`` takes the arguments."""
    if backend not in backends.BACKENDS or backends.why_unavailable(f"{backend}:cpu"):
        pytest.skip(f"{backend} is not here")
    folder = shared / "-".join(("sharded", backend, find.__name__, *arguments))
    folder.mkdir(exist_ok=True)
    path = folder / "found.pickle"
    once(path, lambda: path.write_bytes(pickle.dumps(find(folder, *arguments))))
    return pickle.loads(path.read_bytes())


def require_gloo():
    """Skip where torch's processes cannot communicate."""
    pytest.importorskip("torch")
    if why := without_gloo():
        pytest.skip(why)


def on_jax(folder, extent):
    """What JAX finds on eight devices."""
    flags = forced(os.environ.get("XLA_FLAGS", ""))
    (found,) = run(folder, ("jax", extent), XLA_FLAGS=flags)
    return found


def on_torch(folder, extent):
    """What the first of four processes of torch finds."""
    alone = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    if sys.platform == "linux":  # whatever the host's name stands for
        alone["GLOO_SOCKET_IFNAME"] = "lo"
    (found,) = run(folder, ("torch", extent), **alone)
    return found


def on_hosts(folder):
    """What each of two processes of JAX finds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    each = [("hosts", str(rank), port) for rank in range(HOSTS)]
    return run(folder, *each, XLA_FLAGS=f"{FORCED}=2")


def updaters(optimizer, target, dtype, placement, hyper):
    """The updater on one device, and over several."""
    return (
        backends.updater(optimizer, target, dtype, **hyper),
        backends.updater(optimizer, target, dtype, placement=placement, **hyper),
    )


def main(backend, folder, *arguments):
    from importlib import import_module

    found = import_module(f"tests.helpers.sharded_{backend}").find(folder, *arguments)
    name = "-".join((backend, *arguments))
    with open(f"{folder}/{name}.pickle", "wb") as file:
        pickle.dump(found, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
