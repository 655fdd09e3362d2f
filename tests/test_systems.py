"""Claim: every system of the documents is there, in the files that the table names."""

import pytest

from reports.read.systems import SYSTEMS
from tests.helpers.recipes import ROOT

RANGES = {"P": 17, "O": 27, "D": 19, "E": 9}


def test_none_is_missing():
    """72 in all, numbered without a gap."""
    expected = [f"{kind}{i}" for kind, last in RANGES.items() for i in range(1, last + 1)]
    assert [system.id for system in SYSTEMS] == expected


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda s: s.id)
def test_its_files_exist(system):
    """One or more, each in this repository."""
    assert system.where
    assert all((ROOT / path).is_file() for path in system.where)
