"""Claim: the report shows what the check found, of other libraries and of planted mistakes."""

import json

import pytest

from backends.conformance import KINDS
from reports.pages import checks as pages
from reports.pages import planted
from reports.read import checks, results
from tests.helpers.results import some, write


@pytest.fixture
def data(tmp_path):
    write(tmp_path, some("x"))
    return tmp_path / "data"


def test_the_scoreboard_has_a_row_for_every_path(data):
    """A dtype is wrong if a tape is; the share is that of the worst tape."""
    read = checks.read(data)
    assert not read.left_out
    board = pages.scoreboard(read)
    assert board.path.tolist() == ["fused", "x"]
    assert board.float32.tolist() == ["right", "not run"]
    assert board.float64.tolist() == ["wrong", ""]
    assert board["error / bound"][0] == float("inf")
    assert board.optimizer[0] == "torch x Adam on x"
    board = pages.wrong_frame(pages.wrong(read))
    assert board[["path", "dtype", "what it is"]].values.tolist() == [["fused", "float64", "x"]]
    assert pages.headline(read) == "0 of 1 optimizer are right on all their paths, 1 wrong on some"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda found: found.pop("trials"), "without a usable trials"),
        (lambda found: found.update(hyper=3), "is damaged"),
        (lambda found: found["trials"][0].pop("path"), "without a usable trials"),
    ],
)
def test_what_is_damaged_is_left_out_by_name(data, damage, words):
    """The file is named, and what it lacks."""
    path = data / "check" / "torch-Adam-adam.json"
    found = json.loads(path.read_text())
    damage(found)
    path.write_text(json.dumps(found))
    read = checks.read(data)
    assert not read.found
    assert read.left_out[0].startswith("check/torch-Adam-adam.json")
    assert words in read.left_out[0]


def test_planted_mistakes_are_counted(data):
    """Found by a tape or not, and by which criteria; a tape alone is named with what it finds."""
    tested = results.read(data)
    assert planted.headline(tested) == (
        "2 of 3 planted mistakes are found, and 0 of 1 right variant raise an alarm"
    )
    mistakes = planted.mistakes(tested)
    assert mistakes.found.tolist() == ["✓", "✓", "✗"]
    assert set(mistakes["planted in"]) == {"a function of numpy arrays"}
    rows = planted.tapes(tested).set_index("tape")
    assert [*rows.index] == [*KINDS]
    assert rows.loc["unequal"].tolist() == [2, 2, 1, "second x", KINDS["unequal"].finds]
    assert rows.loc["tiny"].tolist() == [0, 0, 0, "", KINDS["tiny"].finds]
    assert planted.criteria(tested).values.tolist() == [
        ["this check", 2, 3, 0, 1],
        ["x", 2, 3, "not tried", 0],
        ["shapes", 0, 3, 0, 1],
    ]


TRIAL = {"verdict": "wrong", "tape": "underflow", "why": "it leaves the path", "step": 2}
TRIAL |= {"path": "for-loop", "dtype": "float32", "ratio": 9.0, "got": 0.07564559578895569}
TRIAL |= {"exact": "0.09564559281"}


def _checked(peer, **changes):
    trial = checks.TrialRead(**{**TRIAL, **changes})
    return checks.CheckRead("torch", "", peer, "rprop", "wrong", "", [trial], {}, {}, "another")


def test_a_row_that_is_wrong_leads_to_the_mistake_that_was_found():
    """That which names its library, optimizer, path, dtype or tape; else it says its formula."""
    found = [
        _checked("Rprop"),
        _checked("Other"),
        _checked("NAdam", path="compiled", dtype="float64"),
    ]
    rprop, other, nadam = pages.wrong(checks.Checks(found))
    assert rprop.finding.id == "torch_rprop_underflow"
    assert rprop.what == rprop.finding.words
    assert (other.finding, other.what) == (None, "another")
    assert nadam.finding.id == "torch_nadam_float64"


def test_numbers_beside_each_other_have_as_many_digits():
    """Nine of float32, 17 of float64, and those that differ are marked."""
    found = [_checked("a"), _checked("a", dtype="float64", exact="0.0756455957889557148")]
    short, long = pages.wrong(checks.Checks(found))
    assert short.numbers == ("0.0956455928", "0.0756455958")
    assert short.marked == "0.0<mark>756455958</mark>"
    assert long.numbers == ("0.075645595788955715", "0.075645595788955688")


@pytest.mark.parametrize("finding", pages.findings(), ids=lambda finding: finding.id)
def test_every_mistake_says_whether_the_table_has_it(finding):
    """Its rows by their words, or why there is none."""
    assert finding.absent.startswith("Not in the table") or len(finding.names) > 1
    assert "\n" not in finding.words
