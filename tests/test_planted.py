"""Claim: mistakes that really happened are found, and right variants raise no alarm."""

import numpy as np
import pytest

from backends.conformance import KINDS, checking
from backends.conformance.verdict import CANNOT_TELL, NOT_RUN, RIGHT, WRONG
from reference import DTYPES
from reports.cells import PlantedCell
from tests.helpers import tapes
from tests.helpers.lists import quick
from tests.planted import found
from tests.planted.criteria import CRITERIA, accepts, scoreboard
from tests.planted.faults import ABSENT, FAULTS
from tests.planted.variants import VARIANTS

ROWS = 30  # mistakes that are known
TAPES = ("unequal", "zeros", "reloaded", "strided gradients", "strided parameters", "two dtypes")
CHECKED = {f.id: f for f in FAULTS}
BY_ID = {planted.id: planted for planted in (*FAULTS, *VARIANTS)}
QUICK = tuple(name for name in CRITERIA if "10,000" not in name)


def test_every_known_mistake_is_planted_or_has_a_reason():
    """Each row is there, with its source; an id stands for one thing."""
    assert {each.row for each in (*FAULTS, *ABSENT)} == set(range(1, ROWS + 1))
    assert not {each.row for each in FAULTS} & {each.row for each in ABSENT}
    assert all(each.source for each in (*FAULTS, *ABSENT))
    assert len(BY_ID) == len(FAULTS) + len(VARIANTS)
    told = {(each.wrong, each.where.split(":")[0]) for each in FAULTS}
    assert len(told) == len(FAULTS), "two rows of the report would be the same"
    assert len(VARIANTS) >= 50


def _tapes(planted):
    """The usual tapes, and one that is known to show it."""
    shown = getattr(planted, "shown", "")
    return [*TAPES, *([shown] if shown else [])]


@pytest.fixture
def held(record, monkeypatch):
    """Return the check's report on a planted optimizer, and record what it and criteria say.

    Which formula it follows instead is not looked for: `tests.test_identification` tests that.
    """
    monkeypatch.setattr(checking, "formula", lambda *wrong: ())

    def check(planted, criteria):
        framework = planted.where.split(":")[0].rpartition("_")[2]
        target = {"torch": "torch:cpu", "optax": "jax:cpu"}.get(framework, "numpy:cpu")
        about = {"wrong": getattr(planted, "wrong", ""), "source": getattr(planted, "source", "")}
        cell = PlantedCell(target=target, planted=planted.id, optimizer=planted.spec, **about)
        record(cell)
        report = found.report(planted, _tapes(planted))
        cell.tapes = found.finders(report)
        cell.tried = list(criteria)
        cell.criteria = [c for c in criteria if not accepts(c, planted, planted.dtypes[0])]
        return report

    return check


ALONE = {  # mistakes of a path, by the tape of those that are tried here which alone shows them
    "rprop, contiguous copies": "strided parameters",
    "adam, counter in another dtype": "reloaded",
    "adam, counter forgotten": "reloaded",
    "momentum, decay once per dtype": "two dtypes",
    "adam, stopped by an empty array": "empty array",
    "adam, step size shared": "groups",
    "momentum, first rate kept": "changing rate",
    "adam, counter that stops": "1,000 steps",
    "adan, gradient kept": "reused memory",
    "rprop, sign of a product": "underflow",
    "momentum, whole vectors lost": "many parameters",
}


@pytest.mark.parametrize("name", CHECKED)
def test_the_check_finds_a_mistake(name, held):
    """It says wrong in every precision in which the mistake shows, and a tape that shows it."""
    report = held(CHECKED[name], CRITERIA)
    wrong = {trial.dtype for trial in report.trials if trial.verdict == WRONG}
    assert report.verdict == WRONG, report.summary
    assert wrong == set(CHECKED[name].dtypes), report.summary
    assert name not in ALONE or found.finders(report) == [ALONE[name]]


def test_what_is_shown_alone_is_planted():
    """The names above are those of mistakes."""
    assert ALONE.keys() <= CHECKED.keys()


def test_betas_in_16_bits_exceed_the_bound_of_bfloat16():
    """beta2 = 0.99609 for 0.999 does; the same optimizer with its own betas does not."""
    planted, right = BY_ID["adam, betas in 16 bits"], BY_ID["torch AdamByDivision"]
    assert found.share(planted, found.tape(planted, "unequal", "float32")) <= 1
    for kind in ("unequal", "zeros", "repeated"):
        assert found.share(planted, found.tape(planted, kind, "bfloat16")) > 1
        assert found.share(right, found.tape(planted, kind, "bfloat16"), changes=planted.hyper) <= 1


def test_a_loaded_counter_in_bfloat16_exceeds_its_bound():
    """The correction is taken in the counter's dtype, whose 1 - beta2^t is 0."""
    planted = BY_ID["adam, counter in another dtype"]
    given = found.tape(planted, "unequal", "bfloat16")
    assert found.share(planted, given) <= 1
    assert found.share(planted, given, reload=6) > 1


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.id)
def test_the_check_raises_no_alarm_on_a_right_variant(variant, held):
    """Every tape says right or cannot tell, or needs what it has not, in all its precisions."""
    report = held(variant, QUICK)
    said = {trial.verdict for trial in report.trials}
    assert RIGHT in said, report.summary
    assert said <= {RIGHT, CANNOT_TELL, NOT_RUN}, report.summary


ONE_OF_EACH = [*{variant.spec: variant for variant in reversed(VARIANTS)}.values()]


@pytest.mark.parametrize("variant", quick(VARIANTS, ONE_OF_EACH), ids=lambda variant: variant.id)
def test_a_right_variant_is_within_the_bound_of_every_precision(variant):
    """Of other gradients than a check has, and in 16 bits where the framework has them."""
    for dtype in variant.dtypes:
        for seed in (1, 2) if dtype not in DTYPES else (1,):
            given = found.tape(variant, "unequal", dtype, seed)
            assert found.share(variant, given) <= 1, (dtype, seed)


def test_the_usual_criteria_see_little():
    """Of the mistakes in numpy, shapes see none, and a falling loss sees what goes uphill."""
    faults = [fault for fault in FAULTS if "functions" in fault.where]
    table = scoreboard(faults, VARIANTS[:5], QUICK)
    caught = {criterion: each["caught"] for criterion, each in table.items()}
    assert not caught["shapes"]
    assert caught["the loss falls by 1.5"] == ["adagrad, uphill"]
    assert all(0 < len(caught[name]) < len(faults) for name in QUICK[1:-1])
    assert not any(each["false alarms"] for each in table.values())
    assert all(len(each["caught"] + each["missed"]) == len(faults) for each in table.values())


def test_ten_thousand_steps_forgive_a_missing_correction():
    """The end is the same without Adam's bias correction; uphill it is not."""
    criterion = next(name for name in CRITERIA if "10,000" in name)
    assert accepts(criterion, BY_ID["adam, uncorrected"], "float32")
    assert not accepts(criterion, BY_ID["adagrad, uphill"], "float32")


def test_what_raises_is_not_accepted():
    """A test that raises is a test that fails."""
    broken = BY_ID["gd_in_place"]
    assert accepts("shapes", broken, "float32")
    assert not accepts("shapes", broken, "int8")


def test_what_a_tape_is_worth():
    """All that it finds, what it finds first, and what no other does; and what it is there for."""
    finding = {"a": ["unequal"], "b": ["unequal", "zeros"], "c": ["zeros", "tiny"]}
    worth = found.worth(finding)
    assert worth.keys() == KINDS.keys()
    numbers = {name: (each["finds"], each["first"], each["alone"]) for name, each in worth.items()}
    assert numbers["unequal"] == (["a", "b"], ["a", "b"], ["a"])
    assert numbers["zeros"] == (["b", "c"], ["c"], [])
    assert numbers["tiny"] == (["c"], [], [])
    assert numbers["sparse"] == ([], [], [])
    assert all(each["for"] for each in worth.values())


def test_a_tape_of_16_bits_has_numbers_that_it_represents():
    """Rounded once, and still unequal, with both signs."""
    given = found.tape(BY_ID["torch GdForeach"], "unequal", "bfloat16")
    assert given.gradients.shape == (tapes.STEPS, tapes.SIZE)
    assert (np.sign(given.gradients).min(0) < np.sign(given.gradients).max(0)).all()
