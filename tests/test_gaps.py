"""Claim: every empty part of the report is named on its first page, with reason and command."""

import re
from dataclasses import replace

import pytest

pytest.importorskip("pandas")

from reports.build import FOLDER
from reports.cells import PairCell
from reports.pages import environment, gaps
from reports.read.results import Results

SHOWN = {"asv": 1, **{name: 2 for part in gaps.PARTS for name in part.sheets or (part.id,)}}
CELL = PairCell(
    optimizer="adam",
    problem="cosh",
    target="numpy:cpu",
    dtype="float32",
    mode="eager",
    outcome="passed",
)


def test_no_template_has_an_emptiness_of_its_own():
    """What the pages call empty is what the first page lists; asv's pages have no place there."""
    texts = [path.read_text() for path in (FOLDER / "templates").glob("*.html")]
    asked = {name for text in texts for name in re.findall(r'parts\.absent\("([\w-]+)"\)', text)}
    assert asked == {part.id for part in gaps.PARTS} - {"asv"}
    assert len({part.id for part in gaps.PARTS}) == len(gaps.PARTS)


def test_a_full_report_lacks_nothing():
    assert gaps.collect(SHOWN, Results()) == {}


def test_tests_that_left_a_part_empty_are_not_called_not_run():
    """Older results lack a part: the reason names their commit, and the command stays."""
    known = {"commit": "bcc166f6f5adef"}
    without = {**SHOWN, "formulas": 0, "levels": 0}
    found = gaps.collect(without, Results(True, known, [CELL]))
    assert list(found) == ["formulas", "levels"]
    assert found["formulas"].why.startswith("the tests were run at bcc166f6, and left none of it")
    assert found["formulas"].command == "nox -s tests"
    assert found["levels"].why == "not run yet"
    assert gaps.collect(without, Results())["formulas"].why == "not run yet"


def test_only_what_left_results_is_run_again():
    """The commands that make a report anew are those whose results it shows, each once."""
    found = gaps.made({"goldens": 3, "formulas": 1, "commits": 1, "explorer": 2, "asv": 1})
    assert found == ["nox -s tests", "nox -s bench", "asv publish", "nox -s paths"]
    told = environment.commands(Results(), found)
    assert told[1:-1] == [f".venv/bin/nox -s {each}" for each in ("tests", "bench", "paths")]


def test_one_commit_is_no_history():
    """A part that needs two commits says how many there are."""
    found = gaps.collect({**SHOWN, "commits": 1}, Results())
    assert list(found) == ["history"]
    assert found["history"].why == "there is 1 commit, and 2 are needed"


def test_a_target_that_never_ran_says_so():
    """Passed checks are counted over all results; a target with skipped ones alone never ran."""
    skipped = replace(CELL, target="torch:cuda", outcome="skipped")
    rows = environment.targets([Results(cells=[CELL, skipped]), Results(cells=[CELL])])
    passed = rows.set_index("target")["passed"]
    assert passed["numpy:cpu"] == "2 checks"
    assert passed["torch:cuda"] == "written, never run in these results"
