"""Claim: the report says what is right, what is wrong, and what is nearest to being wrong."""

import re
from types import SimpleNamespace

import pytest

from reference import GOLDENS
from reports.cells import (
    AgreementCell,
    ArithmeticCell,
    GoldenCell,
    OtherCell,
    PeerCell,
    TapeCell,
)
from reports.compute import goldens
from reports.draw import accuracy
from reports.draw.figures import simulator
from reports.pages import arithmetic, failures, nearest, verdict
from reports.read.machines import Machine
from reports.read.recorded import Recorded, RecordedParting
from reports.read.results import Results

PRINTED = {"golden": "004/PG", "mode": "eager", "dtype": "float32", "must_match": True}
CASE = {"case": "001/steep_adam", "optimizer": "adam", "problem": "steep_optima"}
RIGHT = {"dtype": "float32", "outcome": "passed"}
NEAR = Results(
    cells=[
        AgreementCell(**CASE, **RIGHT, target="numpy:cpu", mode="eager", ratio=0.05, ulps=2.0),
        AgreementCell(**CASE, **RIGHT, target="jax:cpu", mode="compiled", ratio=0.61, ulps=96.0),
    ]
)


def _printed(*cells):
    return goldens.collect(Results(cells=list(cells)), Recorded())


def test_the_summary_names_the_text_that_fails():
    """How many printed texts match, and which one fails on which target, with a link to it."""
    cells = [GoldenCell(**PRINTED, target="numpy:cpu", outcome="passed", matches=True)]
    texts = [golden for golden in GOLDENS.values() if not (golden.prose and golden.line)]
    assert verdict.goldens(_printed(*cells)).words.startswith(f"1 of {len(texts)} printed texts")
    elsewhere = {**PRINTED, "must_match": False}
    cells.append(GoldenCell(**elsewhere, target="torch:cpu", outcome="failed", text="PG"))
    point = verdict.goldens(_printed(*cells))
    assert "; 1 fails: 004/PG on torch:cpu; " in point.words
    assert re.search(r"; 1 has no number: \d{3}/\w+", point.words)
    assert (point.sign, point.page) == ("✗", "goldens.html#004-pg")


def test_the_texts_that_do_not_match_are_listed_with_their_reason():
    """Wrong ones first, then those with a library's function, a value, no run, and no number."""
    explained = {**PRINTED, "golden": "000/xcos_newton_1/jax", "explanation": "its cosine"}
    valued = {**PRINTED, "golden": "002/cosh_newton_1/tensorflow", "must_match": False}
    cells = [
        GoldenCell(**valued, target="numpy:cpu", outcome="passed", matches=True),
        GoldenCell(**explained, target="numpy:cpu", outcome="passed", text="-26.8"),
        GoldenCell(**PRINTED, target="torch:cpu", outcome="failed", text="PG"),
    ]
    others = _printed(*cells).others
    assert list(others) == ["wrong", "explained", "number", "unchecked", "words"]
    assert [row.golden.id for row in others["wrong"]] == ["004/PG"]
    assert [row.reason for row in others["explained"]] == ["its cosine"]
    assert "repr" in others["number"][0].reason
    assert all(row.reason for row in others["words"])
    assert sum(map(len, others.values())) == len(_printed(*cells).texts)


def test_a_false_claim_comes_first_and_has_its_own_sign():
    """Claims in which the document is wrong stand above the others, marked as such."""
    claim = {**PRINTED, "golden": "000/one_newton_step", "dtype": "float64"}
    printed = _printed(GoldenCell(**claim, target="numpy:cpu", outcome="passed", matches=True))
    assert printed.claims[0].golden.id == "000/one_newton_step"
    assert printed.claims[0].judged == "false"
    point = verdict.claims(printed)
    assert "0 hold, in 1 the document is wrong (000/one_newton_step); 13 are not" in point.words
    assert point.sign == "·"


def test_a_claim_is_no_printed_text():
    """Texts and claims are counted apart, and a text's count is that of the page's tables."""
    claim = {**PRINTED, "golden": "000/one_newton_step", "dtype": "float64"}
    printed = _printed(GoldenCell(**claim, target="numpy:cpu", outcome="passed", matches=True))
    shown = sum(len(chapter.rows) for chapter in printed.chapters)
    assert verdict.goldens(printed).words.startswith(f"0 of {shown} printed texts match")
    assert not any(row in printed.claims for rows in printed.others.values() for row in rows)
    assert shown + len(printed.claims) == len(GOLDENS)


def test_a_claim_that_fails_is_marked():
    """It is named, and the sentence has the sign of what fails."""
    claim = {**PRINTED, "golden": "000/one_newton_step", "dtype": "float64"}
    point = verdict.claims(_printed(GoldenCell(**claim, target="numpy:cpu", outcome="failed")))
    assert point.sign == "✗"
    assert "; 1 fails (000/one_newton_step on numpy:cpu)" in point.words


def test_the_first_words_of_a_point_are_its_link():
    """A point links to its page by what it says, up to the first semicolon or colon."""
    assert verdict.Point("✓", "52 of 54 match; 1: a: b", "x").parts == (
        "52 of 54 match",
        "; 1: a: b",
    )
    assert verdict.Point("✓", "all", "x").parts == ("all", "")


def test_where_backends_differ_is_said_in_plain_words():
    """That last bits differ is no check that passed, and the sentence says of what and how far."""
    recorded = SimpleNamespace(partings=[SimpleNamespace(row=row) for row in (None, 2, 3)])
    point = verdict._disputes(SimpleNamespace(disputes=["one"]), recorded)
    assert point.sign == "·"
    assert point.parts[0] == "a run of a document was taken by two backends 3 times"
    assert "in 2 of them some number differs in its last bits" in point.words
    assert "1 run would print other digits" in point.words


def test_that_all_passed_is_said_with_a_number():
    """The headline counts the checks."""
    assert verdict.headline([Machine("vm")]) == "Nothing has been checked yet."
    assert verdict.headline([Machine("vm", NEAR), Machine("b")]) == "All 2 checks passed."
    other = OtherCell(target="", claim="So it is.", outcome="failed", test="tests/a.py::test_a")
    machines = [Machine("vm", NEAR), Machine("b", Results(found=True, cells=[other]))]
    assert verdict.headline(machines) == "All 2 checks passed on vm; 1 of 1 check failed on b."
    (point,) = verdict.elsewhere(machines)
    assert (point.sign, point.words) == ("✗", "on b: 1 of 1 check failed")
    (failure,) = failures.everywhere(machines)
    assert failure.machine == "b"
    assert failures.frame([failure]).machine.tolist() == ["b"]


def test_the_run_nearest_to_its_bound_is_compared_with_numpy():
    """A line for each optimizer: the share of the bound, and numpy's share in the same run."""
    (line,) = nearest.collect(NEAR)
    run = "adam on jax:cpu, float32, compiled, in 001/steep_adam"
    assert line.words == f"{run}: 0.61 of its bound, 12.2 times numpy's share."


def test_numpys_own_run_is_once_numpys():
    """Where numpy is the nearest, the factor is 1 and the sentence leaves it out."""
    (line,) = nearest.collect(Results(cells=NEAR.cells[:1]))
    assert line.times == 1
    assert line.words.endswith("in 001/steep_adam: 0.05 of its bound.")
    assert nearest.frame([line])["times numpy's"].tolist() == [1]


def _taped(target, ratio, way="eager"):
    return TapeCell(optimizer="adam", target=target, tape="tiny", way=way, ratio=ratio, **RIGHT)


def test_a_run_on_given_gradients_may_be_the_nearest():
    """Cases and tapes are one ranking; numpy's largest share on the same gradients is beside it."""
    tapes = [_taped("numpy:cpu", 0.1), _taped("numpy:cpu", 0.2), _taped("numpy:cpu", 0.5, "sweep")]
    found = Results(cells=[*NEAR.cells, *tapes, _taped("jax:cpu", 0.8, "compiled")])
    (line,) = nearest.collect(found)
    run = "adam on jax:cpu, float32, compiled, on tiny gradients"
    assert line.words == f"{run}: 0.8 of its bound, 4 times numpy's share."
    assert line.row == "#tape-adam"


def test_peers_are_ranked_apart():
    """The one nearest to its bound is named, without what is known to stray; ours stays ours."""
    peer = {"optimizer": "adam", "target": "torch:cpu", **RIGHT}
    cells = [
        PeerCell(**peer, peer="keras.Adam", ratio=0.85),
        PeerCell(**peer, peer="optax.adam", ratio=0.4),
        PeerCell(**peer, peer="keras.SGD", ratio=4e6, strays="it clips in float32"),
    ]
    found = Results(cells=[*NEAR.cells, *cells])
    words = "the largest share is that of keras.Adam on torch:cpu, float32: 0.85 of its bound"
    assert nearest.peers(found) == words
    assert nearest.peers(NEAR) == ""
    assert [line.ratio for line in nearest.collect(found)] == ["0.61"]


def test_the_map_shows_shares_of_the_bound():
    """The heat map's numbers are shares of the bound; its CSV has units in the last place too."""
    drawn = next(accuracy.figures(NEAR)).draw()
    assert "the largest 0.61, of 001/steep_adam" in drawn.words
    assert sorted(drawn.data.ulps) == [2.0, 96.0]


def test_a_line_of_errors_ends_at_the_horizon():
    """It ends with a cross where the first coordinate does, and has one colour for each dtype."""
    far = {"along": [0.5, 8.0, 1e9, 1.0], "rows": 4, "horizon": [3, 4], "chaotic": True}
    kinds = [("numpy:cpu", "float32"), ("torch:cpu", "float32"), ("numpy:cpu", "float64")]
    cells = [
        AgreementCell(
            **CASE, **far, outcome="passed", mode="eager", target=where, dtype=dtype, ratio=0.1
        )
        for where, dtype in kinds
    ]
    *_, drawn = (figure.draw() for figure in accuracy.figures(Results(cells=cells)))
    assert drawn.data.ulps.max() == 1e9
    assert drawn.data.step.max() == 2
    lines = [line for line in drawn.figure.axes[0].lines if line.get_marker() == "None"]
    assert len({line.get_color() for line in lines}) == len(lines) == 2
    assert len([line for line in drawn.figure.axes[0].lines if line.get_marker() == "X"]) == 2


def test_the_texts_that_fail_come_first():
    """Of a text the first line that differs is shown, with the command that runs it alone."""
    text = GOLDENS["004/PG"].expected.replace("1.029 ", "1.028 ")
    wrong = {"target": "torch:cpu", "outcome": "failed", "reason": "Failed: another text"}
    other = OtherCell(target="", claim="So it is.", outcome="failed", test="tests/a.py::test_a")
    test = "tests/test_goldens.py::test_prints[004/PG-torch]"
    golden = GoldenCell(**PRINTED, **wrong, text=text, test=test)
    first, second = failures.collect(Results(cells=[other, golden]))
    assert first.expected == "PG iter 5: [0.352947 1.029   ]"
    assert first.marked == "PG iter 5: [0.352947 1.02<mark>8</mark>   ]"
    assert (first.story, first.where) == ("another text", "torch:cpu, float32, eager")
    assert first.command == f"nox -s tests -- '{test}'"
    assert (second.subject, second.row) == ("test_a", "")


@pytest.mark.parametrize("golden", GOLDENS.values(), ids=lambda golden: golden.id)
def test_what_is_not_english_has_a_translation(golden):
    """A heading in Japanese or Chinese has English before it, and a sentence in its note."""
    other = re.compile(r"[\u3040-\u9fff]")
    assert not other.search(golden.section) or re.match(r"[A-Z][\w' -.]+ \(", golden.section)
    assert not other.search(golden.printed) or "In English:" in golden.note


def test_axes_are_named_as_the_space():
    """The axes of x are x1 and x2, and those of y are y1 and y2."""
    for draw, names in ((simulator.x_space, ["x1", "x2"]), (simulator.y_space, ["y1", "y2"])):
        drawn = draw("004/PG")
        assert list(drawn.data.columns) == ["run", *names]
        (ax,) = drawn.figure.axes
        assert [ax.get_xlabel(), ax.get_ylabel()] == names
        assert "physical gradients" in drawn.words


def test_the_table_of_failures_has_no_empty_column():
    """A test without numbers has no columns for them."""
    other = OtherCell(target="", claim="So it is.", outcome="failed", test="tests/a.py::test_a")
    found = failures.frame(failures.collect(Results(cells=[other])))
    assert len(found) == 1
    assert found.ne("").any().all()


def test_a_text_says_who_must_print_it():
    """By name, before anything has run; where none must, all are held to the number."""
    rows = _printed().rows
    assert rows["000/xcos_gd_2/jax"].obliged == (
        "Run with analytic derivatives. Must print this text: numpy, jax (float32, eager). "
        "Every other arithmetic may print another, within rounding."
    )
    assert "numpy, jax, torch (float32" in rows["000/cosh_newton_1/jax"].obliged
    assert "No backend prints this text" in rows["002/cosh_newton_1/tensorflow"].obliged
    assert rows["002/mxnet_log"].obliged == ""


def test_no_sign_grades_after_the_fact():
    """Each says whether the text had to be the same, not what came of it alone."""
    duties = {"exact": "must", "same": "may", "explained": "must", "near": "may", "failed": "must"}
    for sign, duty in duties.items():
        assert f"{duty} be" in goldens.SIGNS[sign][1]


def test_roundings_are_those_of_eager_runs_or_of_updaters():
    """A dispute says that its runs are eager, and the facts of arithmetic are an updater's."""
    golden = "004/GD"
    same = {"golden": golden, "mode": "eager", "dtype": "float32", "outcome": "passed"}
    texts = {"jax:cpu": GOLDENS[golden].expected, "torch:cpu": "GD iter 9: [0.1 0.2]"}
    cells = [
        GoldenCell(**same, target=target, text=text, must_match=False)
        for target, text in texts.items()
    ]
    cause = "torch:cpu rounds x - lr g once; jax:cpu rounds lr g before"
    parting = RecordedParting(golden, ("jax:cpu", "torch:cpu"), 3, cause=cause)
    printed = goldens.collect(Results(cells=cells), Recorded(partings=[parting]))
    ((_, words),) = printed.disputes
    assert f"jax:cpu and torch:cpu, both eager, part at step 3: {cause}." in words
    cell = ArithmeticCell(target="jax:cpu", dtype="float32", fused={"few": True}, outcome="passed")
    facts = arithmetic.facts(arithmetic.Session(Results(cells=[cell])))
    assert facts.what.tolist() == ["roundings of x - lr g in an updater, few parameters"]
