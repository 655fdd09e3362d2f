"""Claim: the tables of agreement say which checks they have, and why a cell is empty."""

import pytest

pytest.importorskip("pandas")

from backends import TARGETS, derivatives_of
from reports.cells import KINDS, AgreementCell, GoldenCell, OtherCell, TapeCell
from reports.pages import grids
from reports.read.results import Results

PLACE = {"target": "jax:cpu", "dtype": "float32"}
CASE = {"case": "001/steep_adam", "optimizer": "adam", "problem": "steep_optima"}
PRINTED = {"golden": "004/PG", "must_match": False}
FOUND = Results(
    cells=[
        AgreementCell(**CASE, **PLACE, mode="compiled", outcome="passed", ratio=0.1),
        AgreementCell(**CASE, **PLACE, mode="eager", outcome="skipped"),
        TapeCell(**PLACE, optimizer="adam", way="updater", outcome="failed", ratio=2.0),
        GoldenCell(**PRINTED, **PLACE, mode="eager", outcome="passed"),
        GoldenCell(**PRINTED, **PLACE, mode="compiled", outcome="skipped"),
        OtherCell(target="", claim="So it is.", outcome="failed", test="tests/a.py::test_a"),
    ]
)


def test_every_check_is_counted_once():
    """What the tables have, and what other pages have, are all that there is."""
    words = "1 of the 2 that passed and 1 of the 2 that failed and 1 of the 2 that were skipped"
    assert grids.shown(FOUND) == words
    assert grids.elsewhere(FOUND) == [
        ("Printed numbers", "goldens.html", "1 passed, 1 skipped"),
        ("Verdict", "index.html", "1 failed"),
    ]


def test_every_kind_of_check_has_its_page():
    """A table of agreement, or another page."""
    assert {*grids.KINDS, *grids.ELSEWHERE} == {*KINDS}


def test_an_empty_cell_has_a_reason():
    """Of cases in the mode that is not the default, of pairs, and of given gradients."""
    for name in ("agreement", "pair", "tape"):
        assert grids.KINDS[name].empty.startswith("A dot ")
    assert "one case of each optimizer runs" in grids.KINDS["agreement"].empty


def test_a_share_says_by_which_derivatives():
    """The same case may have another share on another page: by other derivatives."""
    claim = grids.KINDS["agreement"].claim
    assert "automatic where it has them and otherwise formulas" in claim
    assert "Printed numbers, where its share may be another" in claim
    for target in TARGETS:
        first, *others = derivatives_of(target)
        assert first == ("autodiff" if "autodiff" in (first, *others) else "analytic")
