"""``python -m tests.helpers.killed NEW OUT WAY AT``: replace a report, and be killed on the way.

NEW holds the new report, OUT the old one. WAY is "exchange", or "rename" for systems without such a
call. The process kills itself before its AT-th change of the file system; if there are not as many,
it prints the names of all that it made.
"""

import os
import signal
import sys
from pathlib import Path

from reports import swap

CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir")
SEEN: list[str] = []


def change(name: str) -> None:
    """Count a change that is about to be made."""
    SEEN.append(name)
    if len(SEEN) == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)


def audit(name: str, arguments: tuple) -> None:
    """Python calls this before each operation."""
    if name in CHANGES or (name == "open" and "w" in str(arguments[1])):
        change(name)


def exchange(*paths: Path) -> bool:
    """The system's call, which Python does not announce."""
    change("before the exchange")
    done = found(*paths)
    change("after the exchange")
    return done


def report(folder: Path) -> dict[str, bytes]:
    """What each file of a report holds, by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


if __name__ == "__main__":
    new, out = map(Path, sys.argv[1:3])
    found = swap._exchange if sys.argv[3] == "exchange" else lambda *paths: False
    swap._exchange = exchange
    files = report(new)
    sys.addaudithook(audit)
    swap.write(out, files, {"assets": new / "assets"})
    print("\n".join(SEEN))
