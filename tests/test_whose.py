"""Claim: the table of whose formula is which says what was run, with its version, and what not."""

import math

import pytest

pytest.importorskip("pandas")

from reports.cells import PeerCell
from reports.pages import formulas, grids
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
    """It has not passed: where it differs, by how much, and what else passed."""
    strayed = {"dtype": "float32", "strays": "it rounds, from step 1 on"}
    said = "differs (known) in float32 on jax: it rounds, from step 1 on"
    run = ["keras.Adam", "run: keras 3.1"]
    cells = _cell(peer="keras.Adam"), _cell(peer="keras.Adam", ratio=1.1e6, **strayed)
    passed = "; elsewhere passed, 0.25 of the bound"
    assert _rows(*cells) == [[*run, said + passed, 1.1e6]]
    assert _rows(cells[1]) == [[*run, said, 1.1e6]]
    ((*_, unknown),) = _rows(cells[0], _cell(peer="keras.Adam", ratio=None, **strayed))
    assert math.isnan(unknown)


def test_a_stray_is_marked_in_the_table_of_peers():
    """Its share is the worst of its cell, with a note that it is known."""
    strayed = _cell(peer="keras.Adam", ratio=1.1e6, strays="it rounds")
    ((_, _, (entry,)),) = grids.grid(Results(cells=[strayed]), "peer").rows
    assert (entry.ratio, entry.note) == ("1.1e+06", "differs (known)")


def test_what_was_skipped_has_no_row():
    """And one that failed says so."""
    cells = _cell(peer="a.b", outcome="skipped"), _cell(peer="c.d", outcome="failed", ratio=2.0)
    assert _rows(*cells) == [["c.d", "run: c", "failed", 2.0]]
