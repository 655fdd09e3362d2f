"""Truths and figures are cached on disk for each state of the code: keep those of the newest."""

import os
import re
import shutil
from pathlib import Path

from reference import kept

PICTURES = "DESCENT_BENCH_PICTURES"  # the environment variable that names the figures' folder
STATES = 4  # so that one can go to and fro between branches
OURS = re.compile(r"[0-9a-f]{16}(\.pickle)?")  # a folder of truths, a file of figures; no other


def forget_old_code():
    """Remove cached truths and figures of all but the `STATES` states of the code used last."""
    for name, used in ((kept.FOLDER, kept.code()), (PICTURES, "")):
        if folder := os.environ.get(name):
            keep_newest(Path(folder), used)


def keep_newest(folder, used=""):
    """Remove all but the `STATES` newest entries of a folder, first touching the one named so."""
    entries = [entry for entry in folder.glob("*") if OURS.fullmatch(entry.name)]
    for entry in entries:
        if entry.name == used:
            entry.touch()
    for entry in sorted(entries, key=lambda entry: entry.stat().st_mtime)[:-STATES]:
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
