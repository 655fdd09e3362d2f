"""Claim: a cell survives JSON unchanged, and unreadable cells are named and left out."""

import json
import subprocess
import sys
from dataclasses import fields
from math import inf, isnan, nan

import pytest

from backends.measuring import Kept, Measured
from reports.cells import KINDS, AgreementCell, ArithmeticCell, GoldenCell, PeerCell, parse
from reports.read import results
from reports.typed import Unreadable
from reports.words import counted
from tests.helpers.recipes import ROOT

MEASURED = Measured("exp", "huge", "one", 4, 0.5, 0.0, inf, 1.0, 3, (1e38, -inf), inf, 1e30)
CELLS = (
    GoldenCell(target="jax:cpu", golden="a", mode="eager", dtype="float32", must_match=True),
    AgreementCell(
        target="numpy:cpu",
        case="a",
        optimizer="gd",
        problem="x",
        mode="eager",
        dtype="float64",
        ratio=inf,
        along=[0.5, 1.0],
        rows=2,
        horizon=[2, 1],
    ),
    ArithmeticCell(
        target="torch:cpu",
        dtype="float32",
        measured=[MEASURED],
        fused={"few": True, "many": None},
        subnormals={"one": Kept(arguments=True, results=False)},
    ),
)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.kind)
def test_a_cell_stays_the_same_in_json(cell):
    """A cell read back from strict JSON is equal, including its infinities."""
    cell.outcome, cell.reason = "failed", "because"
    assert parse(json.loads(json.dumps(cell.to_dict(), allow_nan=False))) == cell


def test_not_a_number_stays_none():
    """A ratio that is NaN is still NaN after JSON."""
    cell = PeerCell(target="a", optimizer="b", peer="c", dtype="d", outcome="failed", ratio=nan)
    assert isnan(parse(json.loads(json.dumps(cell.to_dict(), allow_nan=False))).ratio)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_needs_what_it_has_no_default_for(kind):
    """The error names every field that is missing or has a wrong type."""
    with pytest.raises(Unreadable, match=f"of kind {kind} without a usable target, "):
        parse({"kind": kind, "outcome": "passed", "target": 3})
    names = [field.name for field in fields(KINDS[kind])]
    assert names[:3] == ["target", "outcome", "reason"]


TESTS = '''
from reports.cells import PeerCell

def test_stops_at_the_second(record):
    for peer in ("a", "b", "c"):
        cell = record(PeerCell(target="t", optimizer="o", peer=peer, dtype="d"))
        assert peer != "b", "b is not a"

def test_without_cells():
    """A claim
    of two lines.

    And more.
    """
    assert False, "it is so"

def test_right():
    pass
'''


def test_a_failed_test_leaves_the_cell_that_failed(tmp_path):
    """Of a test's cells only the last one failed; a test without cells leaves its claim."""
    (tmp_path / "test_some.py").write_text(TESTS)
    results, options = tmp_path / "tests.json", ("-p", "tests.conftest", "-p", "no:cacheprovider")
    command = (sys.executable, "-m", "pytest", *options, "--rootdir", tmp_path, tmp_path)
    subprocess.run([*command, f"--results={results}"], cwd=ROOT, capture_output=True)
    cells = [parse(cell) for cell in json.loads(results.read_text())["cells"]]
    *peers, other = sorted(cells, key=lambda cell: (cell.kind != "peer", cell.subject))
    assert [(c.peer, c.outcome) for c in peers] == [("a", "passed"), ("b", "failed")]
    assert peers[1].test == "test_some.py::test_stops_at_the_second"
    assert "b is not a" in peers[1].reason
    assert (other.claim, other.subject) == ("A claim of two lines.", "test_without_cells")


GOLDEN = {**CELLS[0].to_dict(), "outcome": "passed"}
STRANGE = {
    "without a known outcome": [7, {}, {**GOLDEN, "outcome": "lost"}],
    "of the unknown kind 'moon'": [{**GOLDEN, "kind": "moon"}],
    "of the unknown kind None": [{"outcome": "passed"}],
    "of kind golden without a usable must_match": [{**GOLDEN, "must_match": "yes"}],
    "of kind golden without a usable ratio": [{**GOLDEN, "ratio": []}, {**GOLDEN, "ratio": "x"}],
    "for goldens that this commit does not have": [GOLDEN],
}


def test_strange_cells_are_counted_and_left_out(tmp_path):
    """Unreadable cells are counted by what is wrong with them."""
    cells = [cell for strange in STRANGE.values() for cell in strange]
    (tmp_path / "tests.json").write_text(json.dumps({"cells": cells}))
    found = results.read(tmp_path)
    counts = {words: counted(len(cells), "cell") for words, cells in STRANGE.items()}
    assert found.cells == []
    assert found.left_out == [f"tests.json: {n} {words}" for words, n in counts.items()]
