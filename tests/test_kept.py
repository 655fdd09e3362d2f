"""Claim: truths and figures on disk are those of what is asked for and of this code, no other."""

import os
from dataclasses import fields, replace

import numpy as np
import pytest

from reference import PROBLEMS, Case, Tape, agreement, kept, truth
from tests.helpers import newest, pictures

CASE = Case("gd", "quadratic", steps=3)
TAPE = Tape("momentum", [1.0, 2.0], [[0.5, 0.25], [0.1, -0.3]], dtype="float32")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of kept truths; nothing is known in this process."""
    monkeypatch.setenv(kept.FOLDER, str(tmp_path))
    _forget()
    yield tmp_path
    _forget()


def _forget():
    """As in another process."""
    agreement._truth.cache_clear()
    agreement._exact_tape.cache_clear()


def _computed(monkeypatch):
    """Count the truths that are computed."""
    found = []

    def counted(compute):
        return lambda *given: found.append(given) or compute(*given)

    for name in ("case_truth", "tape_truth", "exact_tape"):
        monkeypatch.setattr(agreement, name, counted(getattr(agreement, name)))
    return found


@pytest.mark.parametrize(("run", "parts"), [(CASE, 1), (TAPE, 2)], ids=["case", "tape"])
def test_a_truth_is_computed_once(run, parts, folder, monkeypatch):
    """Another process reads what the first one wrote, to the last digit."""
    computed = _computed(monkeypatch)
    first = truth(run)
    _forget()
    again = truth(run)
    assert len(computed) == parts
    assert vars(again).keys() == vars(first).keys()
    for name, value in vars(first).items():
        np.testing.assert_array_equal(getattr(again, name), value)
    assert (again.points - first.points == 0).all()


def test_both_dtypes_of_a_tape_share_its_exact_run(folder, monkeypatch):
    """The bounds differ, the 50 digits do not."""
    truth(TAPE)
    _forget()
    computed = _computed(monkeypatch)
    truth(replace(TAPE, dtype="float64"))
    assert len(computed) == 1


CHANGES = {
    "optimizer": "gd",
    "start": [1.0, 2.5],
    "gradients": [[0.5, 0.25], [0.1, 0.3]],
    "hyper": {"lr": 0.2},
    "dtype": "float64",
    "slots": [[0.0, 0.0]],
    "t": 1,
}


@pytest.mark.parametrize("name", [field.name for field in fields(Tape)])
def test_another_tape_is_another_file(name):
    """Whatever of a tape differs."""
    other = replace(TAPE, **{name: CHANGES[name]})
    assert other != TAPE
    assert other.digest != TAPE.digest


@pytest.mark.parametrize("change", ["damaged", "empty", "other code", "other case", "budget"])
def test_another_truth_is_computed(change, folder, monkeypatch):
    """A damaged file, other code, another case or another budget."""
    truth(CASE)
    (path,) = folder.glob("*/*")
    _forget()
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


def test_a_schedule_of_ones_own_is_not_kept(folder):
    """It has no text, either."""
    truth(replace(TAPE, hyper={"schedule": lambda t: 0.5**t}))
    assert not list(folder.iterdir())


def test_a_problem_of_ones_own_is_not_kept(folder):
    """It has no text, whose digest would name it."""
    own = PROBLEMS["quadratic"]
    own = type(own)(**{**vars(own), "id": "custom"})
    truth(Case("gd", own, steps=2))
    assert not list(folder.iterdir())


def test_older_code_is_forgotten(tmp_path, monkeypatch):
    """What the last states of the code have used stays, and what is not ours."""
    truths, figures = tmp_path / "truths", tmp_path / "figures"
    monkeypatch.setenv(kept.FOLDER, str(truths))
    monkeypatch.setenv(newest.PICTURES, str(figures))
    states = [f"{i:016x}" for i in range(6)]  # from the newest to the oldest, which is used now
    monkeypatch.setattr(kept, "code", lambda: states[-1])
    for age, state in enumerate(["a file of the user's", *states]):
        one, other = truths / state, figures / f"{state}.pickle"
        kept.write(one / "truth", b"")
        kept.write(other, b"")
        for each in (one, other):
            os.utime(each, (100 - age, 100 - age))
    newest.forget_old_code()
    left = [sorted(path.stem for path in folder.iterdir()) for folder in (truths, figures)]
    assert left == [
        sorted(["a file of the user's", *states[:3], states[-1]]),
        sorted(["a file of the user's", *states[:4]]),
    ]


def test_nothing_is_forgotten_where_nothing_is_kept(tmp_path, monkeypatch):
    """An empty variable names no folder, not the current one."""
    monkeypatch.chdir(tmp_path)
    names = [f"{i:016x}.pickle" for i in range(6)]
    for name in names:
        (tmp_path / name).touch()
    for name in (kept.FOLDER, newest.PICTURES):
        monkeypatch.setenv(name, "")
    newest.forget_old_code()
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_figures_are_drawn_again_by_other_code_alone(tmp_path, monkeypatch):
    """They are loaded as long as the libraries are the same."""
    some, drawn, draw = pictures.constant()[:1], [], pictures.pictures
    monkeypatch.setenv(pictures.PICTURES, str(tmp_path / "kept"))
    monkeypatch.setattr(pictures, "constant", lambda: some)
    monkeypatch.setattr(pictures.rates, "strips", list)  # none
    monkeypatch.setattr(pictures, "pictures", lambda these: drawn.append(these) or draw(these))
    for name in ("first", "second"):
        pictures.draw(tmp_path / name)
    assert drawn == [some]
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    monkeypatch.setattr(pictures, "version", lambda name: "other")
    pictures.draw(tmp_path / "third")
    assert drawn == [some, some]
