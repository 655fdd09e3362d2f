"""Claim: a fleet's recipe works: machines push their results to one branch, and none is lost."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reports.machines import Place, add
from tests.helpers.recipes import ROOT, copy
from tests.helpers.results import some, write

# stands for nox, whose session runs this in the shared environment
NOX = f"""#!/bin/sh
test "$1 $2 $3" = "-s keep --" || exit 9
shift 3
exec {sys.executable} -m reports.keep "$@"
"""
RECIPES = (".ci/publish", ".github/workflows/fleet.yml", "CONTRIBUTING.md", "README.md")
needs_tools = pytest.mark.skipif(
    os.name == "nt" or not all(map(shutil.which, ("bash", "git"))), reason="no bash or git here"
)


def _git(folder, *arguments):
    who = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    command = ("git", *who, *arguments)
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def _machine(folder, origin, name):
    """A clone of the repository in which a machine has found something."""
    _git(folder.parent, "clone", "--quiet", str(origin), folder.name)
    _git(folder, "config", "user.name", "a")
    _git(folder, "config", "user.email", "a@localhost")
    nox = folder / ".venv" / "bin" / "nox"
    nox.parent.mkdir(parents=True)
    nox.write_text(NOX)
    nox.chmod(0o755)
    write(folder / "found", some(name))
    shutil.copytree(folder / "found" / "data", folder / "reports" / "data")
    return folder


def _publish(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = ("bash", ".ci/publish", *arguments)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.exhaustive
@needs_tools
def test_machines_push_to_one_branch(tmp_path):
    """Two machines publish, each a folder; again nothing is new; the branch has results alone."""
    source = copy(tmp_path / "source")
    _git(source, "init", "--quiet", "--initial-branch=main")
    _git(source, "add", "--all")
    _git(source, "commit", "--quiet", "--message", "all")
    origin = tmp_path / "origin.git"
    _git(tmp_path, "clone", "--quiet", "--bare", str(source), str(origin))
    for name in ("one", "two"):
        folder = _machine(tmp_path / name, origin, name)
        assert _publish(folder) == "pushed to the branch results"
        assert _publish(folder) == "nothing is new"
        assert _git(folder, "status", "--porcelain", "--untracked-files=no") == ""
    kept = tmp_path / "kept"
    _git(tmp_path, "clone", "--quiet", "--branch", "results", str(origin), str(kept))
    machines = sorted(path for path in kept.iterdir() if path.name != ".git")
    assert [path.name.rsplit("-", 1)[0] for path in machines] == ["one", "two"]
    here = Place(tmp_path / "data", tmp_path / "asv")
    assert all(sum(add(folder, here).values()) for folder in machines)


def test_the_commands_of_the_recipes_exist():
    """Each session of nox that a recipe calls is one, with options that its program has."""
    text = Path(ROOT, "noxfile.py").read_text()
    sessions = set(re.findall(r"^@nox\.session.*\ndef (\w+)\(", text, re.MULTILINE))
    assert {"tests", "keep", "versions"} <= sessions
    for name in RECIPES:
        recipe = Path(ROOT, name).read_text()
        called = re.findall(r"nox\"? -s ((?:[a-z]+ ?)+)", recipe)
        assert called, name
        for words in called:
            first, *more = words.split()
            assert first in sessions, (name, words)
            assert set(more) <= sessions or not set(more) & sessions, (name, words)
