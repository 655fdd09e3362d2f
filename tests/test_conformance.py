"""Claim: the conformance kit tells right from wrong, and says clearly what it cannot check."""

import json
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

import backends
from backends.conformance import KINDS, __main__, check, request
from backends.conformance.formats import markdown, to_dict
from backends.conformance.request import hyperparameters
from reference import Invalid, Unknown
from tests.helpers import suspects
from tests.helpers.recipes import ROOT

GD = {"lr": 0.1}
MEMORY = "reused memory"
FEW = {"dtypes": ["float32"], "tapes": ["unequal", "zeros"]}


def _verdicts(report):
    return {(t.tape, t.dtype): t.verdict for t in report.trials}


@pytest.mark.parametrize("subject", [suspects.adam, suspects.adam_otherwise])
def test_what_is_right_is_right(subject):
    """On every tape in both dtypes, whatever the order of operations or the state."""
    report = check(subject, "adam")
    assert report.verdict == "right", str(report)
    assert {t.verdict for t in report.trials} <= {"right", "cannot tell", "not run"}
    assert {t.tape for t in report.trials} >= {n for n, kind in KINDS.items() if not kind.asked}
    report.require()


def test_powers_as_they_stand_are_right():
    """1 - b2^t of the host loses three digits of float64, which large steps show."""
    report = check(suspects.adam, "adam", {"lr": 1.0}, ["float64"], tapes=["unequal", "zeros"])
    assert report.verdict == "right", str(report)


def test_the_smallest_tape_hands_over_as_the_first_one_did():
    """A mistake of one parameter is shown by one; of memory that is reused, by two steps."""
    found = {}
    for name, spec, tape in (("uncorrected", "adam", "arrays"), ("keeping", "momentum", MEMORY)):
        report = check(getattr(suspects, name), spec, dtypes=["float64"], tapes=[tape])
        found[name] = (report.smallest.run.steps, len(report.smallest.run.start))
    assert found == {"uncorrected": (1, 1), "keeping": (2, 7)}


def test_what_is_wrong_is_wrong_from_its_first_step():
    """The first step, the coordinate, what was got and what is exact, and the smallest tape."""
    report = check(suspects.uncorrected, "adam", **FEW)
    assert report.verdict == "wrong"
    assert (report.worst.tape, report.worst.step) == ("unequal", 1)
    run, points = report.worst.run, report.worst.points
    assert points[1, report.worst.coordinate] == np.float32(report.worst.got)
    assert report.worst.ratio > 1
    assert report.worst.ulps > 1
    assert points.shape == (run.steps + 1, len(run.start))
    smallest = report.smallest.run
    assert (smallest.steps, len(smallest.start)) == (1, 1)
    with pytest.raises(AssertionError, match="uncorrected is not adam"):
        report.require()


SENTENCES = {
    "divided": ("sign_descent", "wrong", "coordinate 0 is NaN, exact "),
    "raising": (
        "gd",
        "wrong",
        r"it raised ZeroDivisionError in step 1 at suspects.py:\d+: no gradient and more",
    ),
    "failing": ("gd", "not run", r"it raised RuntimeError in step 1 at suspects.py:\d+: not today"),
    "exiting": ("gd", "not run", r"it raised SystemExit in step 1 at suspects.py:\d+: 3"),
    "single": ("gd", "not run", r"it returned array\(.*: expected the next x and state"),
    "widening": ("gd", "wrong", "it makes float32 parameters into float64, first in step 1"),
    "Stubborn": ("gd", "not run", r"ValueError while it was made at suspects.py:\d+: no such d"),
    "talking": ("gd", "right", "note: it prints, first 'step!'"),
    "changing": ("gd", "right", "note: it changes the gradients that it is given"),
    "keeping": ("momentum", "wrong", "tape 'reused memory'"),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_users_mistake_is_a_sentence(name, capfd):
    """The verdict and what it says; what the subject prints stays out of the output."""
    spec, verdict, words = SENTENCES[name]
    tapes = ["unequal", "zeros", "reused memory"]
    report = check(getattr(suspects, name), spec, {}, ["float32"], tapes=tapes)
    assert report.verdict == verdict, str(report)
    assert re.search(words, str(report)), str(report)
    assert capfd.readouterr() == ("", "")


def test_what_raises_in_every_dtype_of_its_first_path_is_not_tried_on_the_others():
    """What it raised, and where, is the verdict's reason; the other paths would say the same."""
    torch = pytest.importorskip("torch")

    class Broken(torch.optim.SGD):
        def step(self, closure=None):
            raise RuntimeError("not on any path")

    report = check(Broken, "sgd", {"lr": 0.1})
    assert report.verdict == "not run"
    assert {trial.path for trial in report.trials} == {report.trials[0].path}
    assert {trial.dtype for trial in report.trials} >= {"float32", "float64"}
    words = r"Broken: it raised RuntimeError in step 1 at test_conformance.py:\d+: not on any"
    assert re.search(words, report.summary), report.summary


def test_an_error_is_placed_in_the_last_line_of_ones_own(tmp_path):
    """Not in the library that raised it; an error of a library alone has no place."""
    file = tmp_path / "mine.py"
    file.write_text("import json\n\n\ndef step(x, g, state):\n    return json.loads('{'), None\n")
    report = check(request.load(f"{file}:step"), "gd", {"lr": 0.1}, tapes=["unequal"])
    assert "it raised JSONDecodeError in step 1 at mine.py:5: Expecting property" in str(report)


def test_few_tapes_are_told_with_what_they_are_for():
    report = check(suspects.keeping, "momentum", dtypes=["float64"], tapes=["unequal", MEMORY])
    assert "'reused memory' is for a gradient kept without a copy" in str(report)


def test_what_is_left_over_by_a_vector_is_compared():
    """Of many parameters the copy that is furthest off is judged, wherever it is."""
    report = check(suspects.truncated, "gd", tapes=["unequal", "many parameters"])
    assert {t.tape for t in report.trials if t.verdict == "wrong"} == {"many parameters"}
    assert report.worst.points.shape == (7, 7)


def test_what_rounding_hides_is_not_called_right():
    """Steps of 1e-13 at parameters near 1 are lost in float32, and seen in float64."""
    found = _verdicts(check(suspects.descent, "gd", tapes=["tiny"]))
    assert found == {("tiny", "float32"): "cannot tell", ("tiny", "float64"): "right"}


def test_a_truth_that_takes_seconds_is_computed_once():
    """In the first dtype that is asked for; and a tape that is asked for by name always is."""
    found = _verdicts(check(suspects.descent, "gd", dtypes=["float64", "float32"]))
    assert ("1,000 steps", "float64") in found
    assert ("1,000 steps", "float32") not in found
    assert not {tape for tape, _ in found} & {"100,000 steps", "half gradients"}


def test_what_needs_an_argument_says_which():
    """The error names the argument and how to give it."""
    with pytest.raises(Invalid, match=re.escape("demanding needs 'rank': give it, as --hyper")):
        check(suspects.demanding, "gd", GD)
    assert check(suspects.demanding, "gd", {**GD, "rank": 3}, **FEW).verdict == "right"


def test_a_hyperparameter_that_is_ignored_is_named():
    """Given or not, a hyperparameter of the subject that changes nothing is wrong."""
    for given in ({}, {"weight_decay": 0.1}):
        report = check(suspects.deaf, "gd", {**GD, **given}, **FEW)
        assert report.verdict == "wrong"
        assert "it ignores weight_decay" in str(report)


def test_every_hyperparameter_is_tried():
    """Each of a function's has a trial with another value, and follows it."""
    report = check(suspects.adam, "adam", **FEW)
    changed = [t for t in report.trials if "=" in t.tape]
    assert {t.tape.split()[1] for t in changed} == {"lr", "b1", "b2", "eps"}
    assert {t.verdict for t in changed} == {"right"}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers on this system")
def test_what_hangs_is_ended():
    """Nothing of what was found before is lost."""
    report = check(suspects.hanging, "gd", GD, tapes=["unequal"], limit=1.0)
    assert report.verdict == "not run"
    assert "it was ended after 1 s: on the tape 'unequal', path default" in str(report)


UNKNOWN = {
    "spec": ({"spec": "adamant"}, Unknown, "unknown optimizer 'adamant'"),
    "order": ({"spec": "newton"}, Invalid, "its step needs more than a gradient"),
    "name": ({"hyper": {"lrr": 1}}, Unknown, "unknown hyperparameter of adam or of gd 'lrr'"),
    "value": ({"hyper": {"lr": -1}}, Invalid, "lr = -1: expected a number x, 0 < x"),
    "dtype": ({"dtypes": ["float8"]}, Unknown, "unknown dtype 'float8'"),
    "path": ({"paths": ["fused"]}, Unknown, "unknown path 'fused'"),
    "tape": ({"tapes": ["long"]}, Unknown, "unknown tape 'long'"),
    "subject": ({"subject": 3}, Invalid, "subject = 3: expected a class of torch.optim.Optimizer"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_bad_request_is_refused_by_name(name):
    """The message names the value and what was expected."""
    change, error, words = UNKNOWN[name]
    with pytest.raises(error, match=re.escape(words)):
        check(**{"subject": suspects.adam, "spec": "gd", **change})


def test_a_chaotic_path_cannot_be_told():
    """Rounding alone decides every step of a learning rate that explodes."""
    report = check(suspects.adam, "gd", {"lr": 1e8, "weight_decay": 1.0}, **FEW)
    assert report.verdict != "right"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_updater_of_ours_is_right(dtype):
    """One array of one dimension; in the dtype that it has."""
    subject = backends.updater("adam", dtype=dtype)
    report = check(subject, "adam")
    assert report.verdict == "right"
    assert {t.dtype for t in report.trials if t.verdict == "right"} == {dtype}
    assert "it takes one array of one dimension" in str(report)


def test_a_class_with_an_updaters_methods_is_right():
    """It is made with the hyperparameters that it has."""
    assert check(suspects.Descent, "gd", {"lr": 0.25}, **FEW).verdict == "right"
    assert check(lambda: suspects.Descent(0.25), "gd", {"lr": 0.5}, **FEW).verdict == "wrong"


def test_a_report_is_a_comment_and_json():
    """Both name the verdict, the subject and the tape; JSON has no NaN."""
    report = check(suspects.uncorrected, "adam", **FEW)
    assert markdown(report).startswith("### ❌ wrong: uncorrected\n")
    found = json.loads(json.dumps(to_dict(report), allow_nan=False))
    assert found["verdict"] == "wrong"
    assert found["trials"][0]["tape"] == "unequal"
    assert len(found["smallest"]["gradients"]) == 1


def test_hyperparameters_are_read_from_text():
    """Numbers, tuples, truth values and bare words."""
    given = hyperparameters("lr=1e-3,betas=(0.9,0.95), amsgrad=raw,maximize=True")
    assert given == {"lr": 1e-3, "betas": (0.9, 0.95), "amsgrad": "raw", "maximize": True}
    assert hyperparameters("") == {}
    for text in ("lr", "lr=", "lr=f(1)", "**x", "lr=1,lr=2"):
        with pytest.raises(Invalid, match="--hyper"):
            hyperparameters(text)


def test_a_framework_that_is_missing_is_nobodys_fault(monkeypatch):
    """It is not run; another module that is not there is a mistake of the request."""
    with pytest.raises(Invalid, match="no module 'nowhere'"):
        request.load("nowhere.optimizers:Adam")
    monkeypatch.setattr(request, "FRAMEWORKS", ("nowhere",))
    with pytest.raises(request.Missing, match="nowhere is not installed"):
        request.load("nowhere.optimizers:Adam")


CODES = {
    ("adam", "adam"): 0,
    ("uncorrected", "adam"): 1,
    ("missing", "adam"): 2,
    ("failing", "gd"): 3,
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a file of optimizers."""
    (tmp_path / "mine.py").write_text((ROOT / "tests/helpers/suspects.py").read_text())
    monkeypatch.chdir(tmp_path)
    return tmp_path


CHOSEN = ("--tape", "unequal", "--dtype", "float32", "--json", "found.json")


@pytest.mark.parametrize(("name", "spec"), CODES)
def test_the_commands_exit_code_is_the_verdict(name, spec, folder, capsys):
    """Of a file in the current folder; with its report as JSON."""
    assert __main__.main([f"mine.py:{name}", "--spec", spec, *CHOSEN]) == CODES[name, spec]
    out, err = capsys.readouterr()
    if CODES[name, spec] == 2:
        assert err.startswith("unknown name in mine.py 'missing': did you mean ")
    else:
        assert json.loads((folder / "found.json").read_text())["verdict"] in out


def test_the_command_runs_elsewhere(folder):
    """From another folder, as a process, which ends with the verdict's exit code."""
    command = (sys.executable, "-m", "backends.conformance", "mine.py:uncorrected", "--spec=adam")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run((*command, *CHOSEN), capture_output=True, text=True, env=environment)
    assert done.returncode == 1, done.stderr
    assert "wrong" in done.stdout


@pytest.mark.exhaustive
def test_the_command_ends_what_hangs(folder, capsys):
    """A subject that catches everything is ended from outside, and what it did before is kept."""
    (folder / "stuck.py").write_text(
        "import time\n"
        "def stuck(x, g, state):\n"
        "    while state == 1:\n"
        "        try:\n"
        "            time.sleep(60)\n"
        "        except BaseException:\n"
        "            pass\n"
        "    return x - 0.1 * g, 1 if (g == 0).any() else None\n"
    )
    asked = ("stuck.py:stuck", "--spec", "gd", "--hyper", "lr=0.1", "--limit", "2")
    assert __main__.main([*asked, *CHOSEN, "--tape", "zeros"]) == 3
    assert "it was ended after 2 s, after the tape 'unequal'" in capsys.readouterr().out


def test_a_norm_of_all_arrays_is_not_checked_array_by_array():
    """What is clipped by its norm is right on one array, and of several nothing can be said."""

    def clipped(x, g, state):
        norm = float(np.sqrt(np.sum(np.square(g, dtype=np.float64))))
        return x - (0.1 * min(1.0, 1.0 / norm) if norm else 0.1) * g, None

    report = check(clipped, "gd", {"lr": 0.1, "clip_norm": 1.0}, tapes=["unequal", "arrays"])
    assert report.verdict == "right"
    assert {t.tape for t in report.trials if t.verdict == "cannot tell"} == {"arrays"}
