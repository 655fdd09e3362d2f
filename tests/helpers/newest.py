"""What is kept for the next runs has an entry for each state of the code: only the newest stay."""

import os
import re
import shutil
from pathlib import Path

from reference import kept

PICTURES = "DESCENT_BENCH_PICTURES"  # the environment variable that names the figures' folder
STATES = 4  # so that one can go to and fro between branches
OURS = re.compile(r"[0-9a-f]{16}(\.pickle)?")  # a folder of truths, a file of figures; no other


def forget_old_code():
    """Remove truths and figures that the last states of the code have not used."""
    for name, used in ((kept.FOLDER, kept.code()), (PICTURES, "")):
        if folder := os.environ.get(name):
            keep_newest(Path(folder), used)


def keep_newest(folder, used=""):
    """Remove a folder's entries, but those that were used last; ``used`` names one that was now."""
    entries = [entry for entry in folder.glob("*") if OURS.fullmatch(entry.name)]
    for entry in entries:
        if entry.name == used:
            entry.touch()
    for entry in sorted(entries, key=lambda entry: entry.stat().st_mtime)[:-STATES]:
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
