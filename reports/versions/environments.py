"""Releases of frameworks, each in an environment of its own, all other packages pinned."""

import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import backends
from benchmarks.regressions.builds import ROOT, Build, Refused
from benchmarks.regressions.comparison import digest, tree

FOLDER = ROOT / ".nox" / "versions"
# Compared unless others are named: the pinned one, and the last of each series before it.
RELEASES = (
    *("numpy==2.2.6", "numpy==2.3.5", "numpy==2.4.6"),
    *("jax==0.8.3", "jax==0.9.2", "jax==0.10.2"),
)
NAMED = re.compile(r"([a-z]\w*)==(\d+(?:\.\w+)*)", re.ASCII)
PARTS = {"jax": ("jax", "jaxlib")}  # packages that are released together
COMMAND = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True)
class Release:
    """A release of a framework: the package's name, and a version such as "2.3.5"."""

    package: str
    version: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}"

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"

    @property
    def order(self) -> tuple[tuple[int, str], ...]:
        """What releases are sorted by: their numbers, and what follows a number."""
        parts = (re.match(r"(\d*)(.*)", part) for part in self.version.split("."))
        return tuple((int(m[1] or 0), m[2]) for m in parts if m)

    @property
    def target(self) -> str:
        """The backend's target on the host."""
        return f"{frameworks()[self.package]}:cpu"

    @property
    def folder(self) -> Path:
        return FOLDER / f"{self.package}-{self.version}"

    @property
    def python(self) -> Path:
        inside = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
        return self.folder / inside

    @property
    def build(self) -> Build:
        """The checkout's packages, run with this release; both together are the "commit"."""
        return Build(digest((self.requirement, tree())), ROOT, str(self.python))


def frameworks() -> dict[str, str]:
    """The packages whose releases can be compared, each with the backend that needs it."""
    return {module.REQUIRES: name for name, module in backends.BACKENDS.items()}


def parse(text: str) -> Release:
    """Read a release from "package==version".

    Raises
    ------
    Refused
        Another form, or a package that no backend needs.
    """
    found = NAMED.fullmatch(text)
    if found is None or found[1] not in frameworks():
        known = ", ".join(sorted(frameworks()))
        raise Refused(f"{text!r}: expected a release of {known}, such as numpy==2.3.5")
    return Release(found[1], found[2])


def grouped(texts: Iterable[str]) -> dict[str, list[Release]]:
    """The releases of each package, the oldest first.

    Raises
    ------
    Refused
        A text that names no release, or a package with only one.
    """
    found: dict[str, set[Release]] = defaultdict(set)
    for release in map(parse, texts):
        found[release.package].add(release)
    for package, releases in found.items():
        if len(releases) < 2:
            (one,) = releases
            raise Refused(f"{one.requirement}: expected two releases of {package} or more")
    return {p: sorted(releases, key=lambda r: r.order) for p, releases in found.items()}


def pairs(releases: list[Release]) -> list[tuple[Release, Release]]:
    """Each release with the next."""
    return list(pairwise(releases))


def requirements(release: Release) -> tuple[list[str], str]:
    """What its environment needs, and the constraints of everything else.

    All that is installed is what the packages and the release's own backend require.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    backend = frameworks()[release.package]
    extra = project["optional-dependencies"].get(backend, [])
    parts = PARTS.get(release.package, (release.package,))
    names = (re.split(r"\W", text, maxsplit=1)[0] for text in (*project["dependencies"], *extra))
    others = [name for name in dict.fromkeys(names) if name not in parts]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.split("==")[0] not in parts]
    return [release.requirement, *others], "\n".join(kept) + "\n"


def install(release: Release) -> None:
    """Make the release's environment, or keep the one that there is.

    Raises
    ------
    Refused
        What pip cannot install, with the last line that it said.
    """
    wanted, constraints = requirements(release)
    digest = sha256("\n".join((*wanted, constraints, sys.version)).encode()).hexdigest()
    stamp = release.folder / "installed"
    if stamp.exists() and stamp.read_text() == digest:
        return
    _run(release, sys.executable, "-m", "venv", "--clear", str(release.folder))
    limits = release.folder / "constraints.txt"
    limits.write_text(constraints, encoding="utf-8")
    _run(release, str(release.python), *COMMAND, "--constraint", str(limits), *wanted)
    stamp.write_text(digest)


def _run(release: Release, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        errors = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
        raise Refused(f"{release.requirement} cannot be installed: {' '.join(errors)}")
