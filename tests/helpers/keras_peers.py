"""Keras's optimizers along the long tape, in a process for each of Keras's backends.

``python -m tests.helpers.keras_peers FILE``, with ``KERAS_BACKEND`` in the environment and names
with dtypes on its standard input, writes what they find.
"""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.peers.elsewhere import Keras
from benchmarks.peers.others import KERAS
from tests.helpers import long_tapes
from tests.helpers.once import once
from tests.helpers.recipes import ROOT

BACKENDS = ("torch", "jax")
SECONDS = 600  # after which a process has failed
UNUSED = ("matplotlib", "pandas", "sklearn")  # Keras imports them; its optimizers need none
SINGLE_RATE = "float64 with a learning rate in float32"


def found(shared, backend, part, runs):
    """What they find on a backend, once for all workers: `Followed` by name and dtype.

    ``runs`` are those names and dtypes, ``part`` a word for them.
    """
    for needed in ("keras", backend):
        if not _is_here(needed):
            pytest.skip(f"{needed} is not installed")
    path = shared / f"keras-{backend}-{part}.pickle"
    once(path, lambda: _run(backend, path, runs))
    return pickle.loads(path.read_bytes())


def _is_here(module):
    from importlib.util import find_spec

    return find_spec(module) is not None


def _run(backend, path, runs):
    chosen = {"KERAS_BACKEND": backend, "JAX_ENABLE_X64": "1"}
    command = (sys.executable, "-m", "tests.helpers.keras_peers", str(path))
    process = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **chosen},
        input=json.dumps(runs),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-3000:]


def main(path):
    sys.modules.update(dict.fromkeys(UNUSED))  # as if they were not installed
    found = {}
    for name, dtype in json.load(sys.stdin):
        tape = long_tapes.tape(KERAS[name], dtype)
        found[name, dtype] = long_tapes.follow(Keras(name, dtype), tape)
    tape = long_tapes.tape(KERAS["gd"], "float64")
    found["gd", SINGLE_RATE] = long_tapes.follow(Keras("gd", "float64", "float32"), tape)
    Path(path).write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
