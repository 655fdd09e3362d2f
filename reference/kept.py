"""Truths kept on disk, for all processes that share a folder, and for the next ones.

A truth follows from its case or tape, this package's code, and the libraries that compute it; a
file of other code or versions is in another folder. Without the environment variable `FOLDER`,
nothing is kept.
"""

import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import mpmath
import numpy as np

from reference.case import Case
from reference.errors import Invalid
from reference.tape import Tape

FOLDER = "DESCENT_BENCH_TRUTHS"  # the environment variable that names the folder

T = TypeVar("T")


@cache
def code() -> str:
    """Return a digest of this package's files, and of the versions of numpy and mpmath."""
    found = hashlib.sha256(f"{np.__version__} {mpmath.__version__}".encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def kept(run: Case | Tape, part: str, compute: Callable[[], T]) -> T:
    """Return what was computed as this part of a run's truth; otherwise compute it, and keep it."""
    path = _path(run, part)
    if path is None:
        return compute()
    try:
        found: T = pickle.loads(path.read_bytes())
    except (OSError, EOFError, pickle.UnpicklingError):  # not there, or damaged
        found = compute()
        write(path, pickle.dumps(found))
    return found


def _path(run: Case | Tape, part: str) -> Path | None:
    """Return the file; None where nothing is kept, or for a problem or schedule of the user's."""
    if not os.environ.get(FOLDER):
        return None
    try:
        return Path(os.environ[FOLDER], code(), f"{run.digest}-{part}")
    except Invalid:
        return None


def write(path: Path, content: bytes) -> None:
    """Write a file whole: another process reads all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(content)
    Path(draft.name).replace(path)
