"""Claim: every mistake that the report tells of other libraries is there, in the installed version.

A script that no longer shows it fails here: the library has mended it, and the script can go.
"""

import ast
import subprocess
import sys
from importlib.util import find_spec

import pytest

from reports.pages.checks import SCRIPTS, findings
from tests.helpers.lists import quick

LINES = 20  # of a script that anybody can read at a glance


def _library(finding):
    return finding.id.split("_")[0]


SLOW = ("keras", "torch")  # which take seconds to import
OF_EACH = {_library(each): each for each in findings() if _library(each) not in SLOW}
CHOSEN = quick(findings(), OF_EACH.values())


@pytest.mark.parametrize("finding", CHOSEN, ids=lambda each: each.id)
def test_a_finding_is_reproduced_without_the_suite(finding):
    """The script asserts the mistake, and imports the library alone."""
    library = _library(finding)
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(finding.script))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [node.names[0].name])
    }
    assert imported <= {"os", "torch", "optax", "jax", "keras", "numpy"}
    assert len(finding.script.splitlines()) <= LINES
    command = (sys.executable, str(SCRIPTS / f"{finding.id}.py"))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
