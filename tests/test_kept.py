"""Claim: a truth on disk is that of its case and this code, and no other."""

import numpy as np
import pytest

from reference import PROBLEMS, Case, agreement, kept, truth

CASE = Case("gd", "quadratic", steps=3)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of kept truths; nothing is known in this process."""
    monkeypatch.setenv(kept.FOLDER, str(tmp_path))
    agreement._truth.cache_clear()
    yield tmp_path
    agreement._truth.cache_clear()


def _computed(monkeypatch):
    """Count the truths that are computed."""
    found, original = [], agreement.case_truth
    monkeypatch.setattr(
        agreement, "case_truth", lambda *given: found.append(given) or original(*given)
    )
    return found


def test_a_truth_is_computed_once(folder, monkeypatch):
    """Another process reads what the first one wrote, to the last digit."""
    computed = _computed(monkeypatch)
    first = truth(CASE)
    agreement._truth.cache_clear()
    again = truth(CASE)
    assert len(computed) == 1
    for name, value in vars(first).items():
        np.testing.assert_array_equal(getattr(again, name), value)
    assert (again.points - first.points == 0).all()


@pytest.mark.parametrize("change", ["damaged", "empty", "other code", "other case", "budget"])
def test_another_truth_is_computed(change, folder, monkeypatch):
    """A damaged file, other code, another case or another budget."""
    truth(CASE)
    (path,) = folder.glob("*/*")
    agreement._truth.cache_clear()
    computed = _computed(monkeypatch)
    case, options = CASE, {}
    if change == "damaged":
        path.write_bytes(path.read_bytes()[:-9])
    elif change == "empty":
        path.write_bytes(b"")
    elif change == "other code":
        monkeypatch.setattr(kept, "code", lambda: "other")
    elif change == "other case":
        case = Case("gd", "quadratic", steps=3, dtype="float32")
    else:
        options = {"budget": 7}
    truth(case, **options)
    assert len(computed) == 1
    assert not [each for each in folder.glob("*/*") if each.name.startswith("tmp")]


def test_a_problem_of_ones_own_is_not_kept(folder):
    """It has no text, whose digest would name it."""
    own = PROBLEMS["quadratic"]
    own = type(own)(**{**vars(own), "id": "custom"})
    truth(Case("gd", own, steps=2))
    assert not list(folder.iterdir())
