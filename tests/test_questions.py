"""Claim: what visitors ask is answered once, by the results' own words."""

import pytest

pytest.importorskip("pandas")

from reports.cells import AgreementCell
from reports.compute import goldens
from reports.pages import porting, questions
from reports.read.recorded import Recorded
from reports.read.results import Results


class _Row:
    """A golden whose digits depend on the backend."""

    def __init__(self, name):
        self.golden, self.anchor = type("Golden", (), {"id": name}), name


class _Printed:
    disputes = ((_Row("a"), "1 by numpy; 2 by torch."), (_Row("b"), "3."), (_Row("c"), "4."))


def test_other_digits_are_one_question():
    """The first run is told, the others are named; their causes may be others."""
    (card,) = questions._disputes(_Printed())
    others = "Others do too, for reasons of their own: b, c."
    assert card.answer == f"In a: 1 by numpy; 2 by torch. {others}"
    assert card.page == "goldens.html#a"


def test_a_printed_number_is_found():
    """The question has a number that a document prints, and leads to the table of all."""
    printed = goldens.collect(Results(), Recorded())
    card = questions._numbers(printed)
    assert "0.060466" in card.words
    assert card.page == "goldens.html#numbers"
    assert all(row.golden.line for row in printed.numbers)
    assert not set(map(id, printed.numbers)) & set(map(id, printed.claims))


def test_porting_is_answered_with_a_call(monkeypatch):
    """What to set in Keras to take torch's steps, and what that leaves."""
    known = {
        "torch": {"lr": 0.01, "alpha": 0.99, "eps": 1e-8},
        "keras": {"learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-7},
        "optax": {},
    }
    monkeypatch.setattr(porting, "defaults", lambda framework, peer: known[framework])
    (card,) = questions._port()
    call = "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-16)"
    assert card.answer.startswith(f"As near as Keras comes to torch's steps: {call}. What stays ")
    differs = "different: eps: 1e-08 in torch, 1e-16 in keras, so that the least denominator is the"
    assert differs in card.answer
    assert "eps_inside_sqrt: False in torch, True in keras." in card.answer


def test_the_machine_is_told_in_words():
    (card,) = questions._machine({"processor": "Some CPU", "cores": "2", "XLA_FLAGS": "not set"})
    assert card.answer == "Some CPU; 2 cores."
    assert [*questions._machine({})] == []


def test_how_one_check_is_run_is_told_though_none_failed():
    """Where a failure would stand, and the command of a check, quoted for the shell."""
    run = {"case": "000/one", "optimizer": "gd", "problem": "square", "mode": "eager"}
    cell = AgreementCell(target="numpy:cpu", dtype="float64", outcome="passed", **run)
    assert [*questions._failed(Results(True, {}, [cell]))] == []  # no test is known
    cell.test = "tests/test_agreement.py::test_follows_the_truth[000/one-numpy:cpu]"
    (card,) = questions._failed(Results(True, {}, [cell]))
    assert "At the top of this page" in card.answer
    assert card.command == f"nox -s tests -- '{cell.test}'"
    assert card.page.startswith("accuracy.html#agreement-")
