"""Put a report in its place all at once: whatever ends the process leaves the old one or the new.

The new report is written into a folder beside the old one, and then the two folders exchange their
names in one call of the system. Where the system or the file system has no such call, the old
folder is renamed before the new one takes its name; a process that is killed between these two
renames leaves no report there, and the next one begins by giving the old one its name back.
"""

import ctypes
import glob
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDERS = ("assets", "asv", "data", "figures")  # with the pages, all that a report consists of
MARK = Path("assets", "report.css")  # what has it is a report
AT_FDCWD, EXCHANGE = -100, 2  # Linux: paths are relative to the current folder; RENAME_EXCHANGE


def check(out: Path) -> None:
    """Raise FileExistsError if ``out`` is anything but a report, an empty folder, or nothing yet.

    A mount point is refused too: it cannot be renamed.
    """
    report = (out / MARK).exists()
    if out.exists() and not report and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(
            f"{out} is not a report, and would be replaced by one: choose a folder that is new, "
            "or empty it"
        )
    if os.path.ismount(out):
        raise FileExistsError(f"{out} is a mount point: choose a folder inside it")


def write(out: Path, files: Mapping[str, bytes], folders: Mapping[str, Path]) -> None:
    """Replace the report in ``out``, in which whatever else is there stays.

    Parameters
    ----------
    out
        The report's folder.
    files
        What each file holds, by its path in the report.
    folders
        What else to copy there, before the files are written, by the same paths.
    """
    out = out.resolve()
    check(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with _locked(out.parent), _replacing(out) as new:
        for name, source in folders.items():
            shutil.copytree(source, new / name)
        for name, content in files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
        _copy_others(out, new)


def _copy_others(out: Path, new: Path) -> None:
    """Copy what stands beside a report's own pages and folders: a CNAME, a worktree's .git."""
    others = [] if not out.exists() else [path for path in out.iterdir() if not _ours(path, new)]
    for path in others:
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, new / path.name, symlinks=True)
        else:
            shutil.copy2(path, new / path.name, follow_symlinks=False)


def _ours(path: Path, new: Path) -> bool:
    return path.name in FOLDERS or (new / path.name).exists()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Wait until no other process writes a report in ``folder``; a lock ends with its process."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``out``, which takes its place in the end."""
    _recover(out)
    new = out.with_name(f".{out.name}.new-{secrets.token_hex(4)}")
    new.mkdir()
    try:
        yield new
        if not out.exists():
            new.rename(out)
        elif not _exchange(new, out):
            _rename(new, out)
    finally:
        shutil.rmtree(new, ignore_errors=True)  # after an exchange this is the old one


def _recover(out: Path) -> None:
    """Mend and remove what a process that was killed has left."""
    old = _old(out)
    if old.exists() and not out.exists():
        old.rename(out)
    unfinished = out.parent.glob(f".{glob.escape(out.name)}.new-*")
    for path in (old, *unfinished):
        shutil.rmtree(path, ignore_errors=True)


def _old(out: Path) -> Path:
    return out.with_name(f".{out.name}.old")


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders exchange their names in one call; False where there is none."""
    if sys.platform not in ("linux", "darwin"):
        return False
    system, paths = ctypes.CDLL(None), (os.fsencode(one), os.fsencode(other))
    try:
        if sys.platform == "darwin":
            failed = system.renamex_np(*paths, EXCHANGE)  # RENAME_SWAP is the same number
        else:
            failed = system.renameat2(AT_FDCWD, paths[0], AT_FDCWD, paths[1], EXCHANGE)
    except AttributeError:  # an older C library
        return False
    return not failed


def _rename(new: Path, out: Path) -> None:
    """Replace ``out`` in two renames, with no report there for a moment."""
    old = _old(out)
    try:
        out.rename(old)
        new.rename(out)
    except BaseException:
        if not out.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
