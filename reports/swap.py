"""Replace a report atomically: if the process is killed, the old or the new one is there.

The new report is written into a folder beside the old one. Then one system call exchanges the names
of the two folders. Without such a call, the old folder is renamed before the new one gets its name.
A process that is killed between these two renames leaves no report; the next build then restores
the old one first.
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

FOLDERS = ("assets", "asv", "data", "figures")  # a report consists of these folders and its pages
MARK = Path("assets", "report.css")  # a folder with this file is a report
AT_FDCWD, EXCHANGE = -100, 2  # Linux: relative to the current folder, and RENAME_EXCHANGE


def check(out: Path) -> None:
    """Raise FileExistsError unless ``out`` is a report, an empty folder, or does not exist.

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
    """Replace the report in ``out``; keep other files and folders there.

    Parameters
    ----------
    out
        The report's folder.
    files
        The contents of each file, by its path in the report.
    folders
        Folders to copy before the files are written, by their path in the report.
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
    """Copy the files that are not part of a report, such as a CNAME or a worktree's .git."""
    others = (
        []
        if not out.exists()
        else [path for path in out.iterdir() if not _is_part_of_report(path, new)]
    )
    for path in others:
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, new / path.name, symlinks=True)
        else:
            shutil.copy2(path, new / path.name, follow_symlinks=False)


def _is_part_of_report(path: Path, new: Path) -> bool:
    return path.name in FOLDERS or (new / path.name).exists()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on ``folder``, which the system releases when the process ends."""
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
    """Yield an empty folder beside ``out``, and put it in the place of ``out`` afterwards."""
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
        shutil.rmtree(new, ignore_errors=True)  # after an exchange this is the old report


def _recover(out: Path) -> None:
    """Restore the old report and remove the unfinished ones that a killed process left."""
    old = _old(out)
    if old.exists() and not out.exists():
        old.rename(out)
    unfinished = out.parent.glob(f".{glob.escape(out.name)}.new-*")
    for path in (old, *unfinished):
        shutil.rmtree(path, ignore_errors=True)


def _old(out: Path) -> Path:
    return out.with_name(f".{out.name}.old")


def _exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two folders in one system call; False if there is none."""
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
    """Replace ``out`` by two renames; between them there is no report."""
    old = _old(out)
    try:
        out.rename(old)
        new.rename(out)
    except BaseException:
        if not out.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
