"""Claim: every system of the documents is there, and the README says in which file."""

import re

import pytest

from reports.systems import SYSTEMS
from tests.recipes import ROOT

ROWS = dict(
    re.findall(r"^\| (\w+) \| .* \| (.*) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
)
RANGES = {"P": 17, "O": 27, "D": 19, "E": 9}


def test_none_is_missing():
    """72 in all, numbered without a gap."""
    expected = [f"{kind}{i}" for kind, last in RANGES.items() for i in range(1, last + 1)]
    assert [system.id for system in SYSTEMS] == expected


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda s: s.id)
def test_its_files_exist_and_the_readme_names_them(system):
    """The table's row links exactly the files that have the system."""
    assert system.where
    assert all((ROOT / path).is_file() for path in system.where)
    assert re.findall(r"\]\(([^)]+)\)", ROWS[system.id]) == list(system.where)
