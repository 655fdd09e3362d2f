"""Claim: results of several machines come together, and are neither mixed nor lost."""

import json

import pytest

from reports.merge import Refused, main, merge
from reports.read import timings

MACHINE = {"arch": "x86_64", "cpu": "A", "num_cpu": "2", "os": "Linux", "ram": "1", "version": 1}


def _measured(folder, machine, commits, **hardware):
    """What asv and a comparison leave, of a machine."""
    results = folder / ".asv" / "results" / machine
    results.mkdir(parents=True)
    (results / "machine.json").write_text(json.dumps(MACHINE | {"machine": machine} | hardware))
    for commit in commits:
        (results / f"{commit}-env.json").write_text(json.dumps({"commit_hash": commit}))
    compared = folder / ".asv" / "regressions" / f"a-b-{machine}"
    compared.mkdir(parents=True)
    (compared / "verdicts.json").write_text(json.dumps({"machine": machine}))
    return folder


def _contents(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_another_machine_stands_beside_this_one(tmp_path):
    """Its results and comparisons are added; this machine's stay; a second time nothing is new."""
    here = _measured(tmp_path / "here", "one", ["c1"]) / ".asv"
    there = _measured(tmp_path / "there", "two", ["c1", "c2"], cpu="B")
    before = _contents(here)
    assert merge(there, here) == {"two": 3, "comparisons": 1}
    after = _contents(here)
    assert before.items() <= after.items()
    assert len(after) == len(before) + 4
    assert merge(there / ".asv", here) == {"two": 0, "comparisons": 0}
    assert set(timings.read(here).machines) == {"one", "two"}


def test_more_commits_of_the_same_machine_are_added(tmp_path):
    """What is here is kept as it is."""
    here = _measured(tmp_path / "here", "one", ["c1"]) / ".asv"
    there = _measured(tmp_path / "there", "one", ["c1", "c2"])
    (there / ".asv" / "results" / "one" / "c1-env.json").write_text('{"other": 1}')
    before = _contents(here)
    assert merge(there, here) == {"one": 1, "comparisons": 0}
    assert before.items() <= _contents(here).items()


@pytest.mark.parametrize("fault", ["hardware", "damaged", "empty", "itself"])
def test_what_cannot_be_merged_is_refused(fault, tmp_path, capsys):
    """Two machines of one name, a damaged file, nothing there: a clear message, nothing copied."""
    here = _measured(tmp_path / "here", "one", ["c1"]) / ".asv"
    there = tmp_path / "there"
    words = {"hardware": "two machines", "damaged": "c2-env.json is damaged"}.get(fault, "expected")
    if fault == "empty":
        there.mkdir()
    elif fault == "itself":
        there = here
    else:
        _measured(there, "one", ["c1", "c2"], cpu="B" if fault == "hardware" else "A")
    if fault == "damaged":
        (there / ".asv" / "results" / "one" / "c2-env.json").write_text("{")
    before = _contents(here)
    with pytest.raises(Refused, match=words):
        merge(there, here)
    assert _contents(here) == before
    if fault == "empty":
        assert main([str(there)]) == 2
        assert words in capsys.readouterr().err
