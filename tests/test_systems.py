"""Claim: ``systems.toml`` lists every system of the documents, and the files it names exist."""

import pytest

from reports.read.systems import SYSTEMS
from tests.helpers.recipes import ROOT

RANGES = {"P": 17, "O": 27, "D": 19, "E": 9}


def test_none_is_missing():
    """The ids of all 72 systems are numbered without gaps."""
    expected = [f"{kind}{i}" for kind, last in RANGES.items() for i in range(1, last + 1)]
    assert [system.id for system in SYSTEMS] == expected


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda s: s.id)
def test_its_files_exist(system):
    """Each system names at least one file, and all of them exist."""
    assert system.where
    assert all((ROOT / path).is_file() for path in system.where)
