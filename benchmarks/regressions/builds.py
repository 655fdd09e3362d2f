"""Commits side by side: their packages in folders of their own, for processes to import."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("reference", "backends")
WORKING_TREE = "."
PR_SET_PDEATHSIG = 1  # of Linux's prctl
SHORT = 12  # characters of a commit's name


class Refused(Exception):
    """A commit that cannot be compared, or a comparison that cannot run, with the reason."""


@dataclass(frozen=True)
class Build:
    """A commit's packages.

    Attributes
    ----------
    commit
        The full hash, or "." for the files of the working tree.
    folder
        What to put on PYTHONPATH.
    python
        The interpreter that runs them, with its own libraries.
    """

    commit: str
    folder: Path
    python: str = sys.executable

    @property
    def short(self) -> str:
        return "working tree" if self.commit == WORKING_TREE else self.commit[:SHORT]

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a process that measures this commit with the checkout's suites."""
        path = os.pathsep.join((str(self.folder), str(ROOT)))
        fixed = {
            "PYTHONPATH": path,
            "PYTHONSAFEPATH": "1",  # or the folder that a process is started in would come first
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return {**os.environ, **fixed, **more}


def processors() -> list[int]:
    """The processors that this process may use."""
    if sys.platform == "linux":
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def keep_to(processor: int) -> None:
    """Run on one processor, which all frameworks take for the only one; on Linux."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {processor})


def die_with_parent() -> None:
    """Be killed when the process that started this one ends, however it ends; on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def check_imported() -> None:
    """Raise `Refused` unless this process, started in a build's environment, imports the build."""
    folder = os.environ["PYTHONPATH"].split(os.pathsep)[0]
    for package in PACKAGES:
        file = import_module(package).__file__
        if file is None or not Path(file).is_relative_to(folder):
            raise Refused(f"{package} is imported from {file}, not from {folder}")


def _git(repository: Path, *arguments: str) -> bytes:
    done = subprocess.run(("git", *arguments), cwd=repository, capture_output=True, check=False)
    if done.returncode:
        raise Refused(f"git {' '.join(arguments)}: {done.stderr.decode().strip()}")
    return done.stdout


def resolve(name: str, repository: Path = ROOT) -> str:
    """The full hash of a commit, or "." for the working tree.

    Raises
    ------
    Refused
        A name that git does not know.
    """
    if name == WORKING_TREE:
        return name
    try:
        commit = _git(repository, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return commit.decode().strip()
    except Refused:
        expected = 'a commit, branch or tag of this repository, or "." for the working tree'
        raise Refused(f"{name!r}: expected {expected}") from None


def touching(base: str, head: str) -> list[str]:
    """The base, and all commits from there to the head that change the packages, oldest first.

    Raises
    ------
    Refused
        A name that git does not know, or no such commit.
    """
    before, after = resolve(base), resolve(head)
    wanted = ("rev-list", "--reverse", f"{before}..{after}", "--", *PACKAGES)
    found = _git(ROOT, *wanted).decode().split()
    if not found:
        raise Refused(f"no commit from {base} to {head} changes {' or '.join(PACKAGES)}")
    return [before, *found]


def subject(commit: str) -> str:
    """The first line of a commit's message."""
    if commit == WORKING_TREE:
        return "the working tree"
    return _git(ROOT, "log", "-1", "--format=%s", commit).decode().strip()


def build(commit: str, folder: Path, repository: Path = ROOT) -> Build:
    """Write a commit's packages into ``folder``, in place of what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if commit == WORKING_TREE:
        for package in PACKAGES:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    else:
        packed = BytesIO(_git(repository, "archive", commit, *PACKAGES))
        with tarfile.open(fileobj=packed) as archive:
            archive.extractall(folder, filter="data")
    return Build(commit, folder)
