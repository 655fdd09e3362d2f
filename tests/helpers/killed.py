"""``python -m tests.helpers.killed NEW OUT WAY AT``: replace a report, and be killed meanwhile.

NEW is the folder of the new report, OUT that of the old one. WAY is "exchange", or "rename" to do
without that system call. The process kills itself before its AT-th change of the file system. If
AT is 0 or too large, it finishes and prints the names of all its changes.
"""

import os
import signal
import sys
from pathlib import Path

from reports import swap

CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir")
SEEN: list[str] = []


def change(name: str) -> None:
    """Count a change of the file system that is about to happen, and kill at the chosen one."""
    SEEN.append(name)
    if len(SEEN) == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)


def audit(name: str, arguments: tuple) -> None:
    """Audit hook: Python calls it before each operation."""
    if name in CHANGES or (name == "open" and "w" in str(arguments[1])):
        change(name)


def exchange(*paths: Path) -> bool:
    """The exchange by ctypes, for which Python raises no audit event."""
    change("before the exchange")
    done = original_exchange(*paths)
    change("after the exchange")
    return done


def report(folder: Path) -> dict[str, bytes]:
    """The contents of each file of a report, by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


if __name__ == "__main__":
    new, out = map(Path, sys.argv[1:3])
    original_exchange = swap._exchange if sys.argv[3] == "exchange" else lambda *paths: False
    swap._exchange = exchange
    files = report(new)
    sys.addaudithook(audit)
    swap.write(out, files, {"assets": new / "assets"})
    print("\n".join(SEEN))
