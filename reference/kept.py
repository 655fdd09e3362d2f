"""Truths kept on disk, for all processes that share a folder, and for the next ones.

A truth follows from its case, this package's code, and the libraries that compute it; a file of
other code or versions is in another folder. Without the environment variable `FOLDER`, nothing is
kept.
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

FOLDER = "DESCENT_BENCH_TRUTHS"  # the environment variable that names the folder

T = TypeVar("T")


@cache
def code() -> str:
    """Return a digest of this package's files, and of the versions of numpy and mpmath."""
    found = hashlib.sha256(f"{np.__version__} {mpmath.__version__}".encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def kept(case: Case, budget: int, compute: Callable[[], T]) -> T:
    """Return what was computed for the case before; otherwise compute it, and keep it."""
    path = _path(case, budget)
    if path is None:
        return compute()
    try:
        found: T = pickle.loads(path.read_bytes())
    except (OSError, EOFError, pickle.UnpicklingError):  # not there, or damaged
        found = compute()
        _write(path, pickle.dumps(found))
    return found


def _path(case: Case, budget: int) -> Path | None:
    """Return the case's file; None where nothing is kept, or for a problem of the user's own."""
    if not os.environ.get(FOLDER):
        return None
    try:
        return Path(os.environ[FOLDER], code(), f"{case.digest}-{budget}")
    except Invalid:
        return None


def _write(path: Path, content: bytes) -> None:
    """Write a file whole: another process reads all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(content)
    Path(draft.name).replace(path)
