"""Claim: the table of whose formula is which says what was run, with its version, and what not."""

import pytest

pytest.importorskip("pandas")

from reports.cells import PeerCell
from reports.pages import formulas
from reports.read.results import Results

VERSIONS = {"keras": "3.1", "optax": "0.2"}


def _cell(**more):
    same = {"optimizer": "adam", "dtype": "float64", "ours": "lr=0.1", "theirs": "rate=0.1"}
    same |= {"target": "jax:cpu", "ratio": 0.25, "outcome": "passed"}
    return PeerCell(**{**same, **more})


def _rows(*cells):
    found = formulas.frame(Results(True, VERSIONS, list(cells)))
    return found[["framework", "checked against", "steps", "error / bound"]].to_numpy().tolist()


def test_a_library_that_was_run_has_its_version():
    """And its backends where there are several; dtypes are one row, with the largest error."""
    cells = [
        _cell(peer="keras.Adam"),
        _cell(peer="keras.Adam", target="torch:cpu", dtype="float32", ratio=0.5),
        _cell(peer="optax.adam", dtype="float32"),
        _cell(peer="optax.adam"),
    ]
    assert _rows(*cells) == [
        ["keras.Adam", "run: keras 3.1 on jax and torch", "passed", 0.5],
        ["optax.adam", "run: optax 0.2", "passed", 0.25],
    ]


def test_a_formula_says_where_it_was_read():
    """It is not called run."""
    assert _rows(_cell(peer="Objax Adam", source="objax/adam.py")) == [
        ["Objax Adam", "its formula in objax/adam.py", "passed", 0.25]
    ]


def test_a_library_that_strays_says_how():
    """Where it does; and in what else it passed."""
    cells = (
        _cell(peer="keras.Adam"),
        _cell(peer="keras.Adam", dtype="float32", ratio=None, strays="it rounds, 5 times"),
    )
    assert _rows(*cells) == [
        [
            "keras.Adam",
            "run: keras 3.1",
            "passed; strays in float32 on jax: it rounds, 5 times",
            0.25,
        ]
    ]


def test_what_was_skipped_has_no_row():
    """And one that failed says so."""
    cells = _cell(peer="a.b", outcome="skipped"), _cell(peer="c.d", outcome="failed", ratio=2.0)
    assert _rows(*cells) == [["c.d", "run: c", "failed", 2.0]]
