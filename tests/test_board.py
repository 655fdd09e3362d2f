"""Claim: every optimizer of a library that is one of the suite's is checked once, and kept."""

import json
from dataclasses import replace
from importlib import import_module

import pytest

from backends.conformance import board
from backends.conformance.__main__ import main
from backends.conformance.worker import supervised

ENTRIES = list(board.entries())
SHORT = {"dtypes": ["float32"], "paths": ["eager"], "tapes": ["unequal"]}


def _short(request, *rest):
    """Check on one tape."""
    return supervised(replace(request, options=SHORT), *rest)


def test_every_entry_is_there_under_a_name_of_its_own():
    """The library has it, and no file would be written twice."""
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)
    for entry in ENTRIES:
        if entry.framework != "keras":  # whose backend is chosen at its import
            module = import_module(board.MODULES[entry.framework])
            assert hasattr(module, entry.naming.peer)


def test_what_is_kept_is_not_checked_again(tmp_path, capsys, monkeypatch):
    """A second call reads the file; a damaged one is made again."""
    pytest.importorskip("jax")
    pytest.importorskip("optax")
    monkeypatch.setattr(board, "supervised", _short)
    asked = ["--all", "optax-sign_sgd", "--into", str(tmp_path)]
    assert main(asked) == 0
    (path,) = tmp_path.glob("*.json")
    told = capsys.readouterr().out
    assert told.startswith("right: optax.sign_sgd is sign_descent")
    written = path.stat().st_mtime_ns
    assert main(asked) == 0
    assert path.stat().st_mtime_ns == written
    assert capsys.readouterr().out == told
    path.write_text(path.read_text()[:-9])
    entry = next(each for each in ENTRIES if each.name == path.stem)
    assert board.kept(entry, tmp_path) is None
    path.write_text(json.dumps({"key": "of other code"}))
    assert board.kept(entry, tmp_path) is None


@pytest.mark.exhaustive
def test_a_stopped_scoreboard_ends_what_it_started(tmp_path, monkeypatch):
    """What was being checked is killed, and nothing is kept of it."""
    pytest.importorskip("jax")
    pytest.importorskip("optax")
    reports = []

    def watched(request, *rest):
        check = _short if request.spec == "sign_descent" else supervised
        reports.append(check(request, *rest))
        return reports[-1]

    monkeypatch.setattr(board, "supervised", watched)
    monkeypatch.setattr(board.os, "cpu_count", lambda: 2)
    two = [
        each for each in ENTRIES if each.name in ("optax-adam-adam", "optax-sign_sgd-sign_descent")
    ]
    running = board.checked(two, tmp_path, limit=300)
    first, _ = next(running)
    running.close()
    assert [path.stem for path in tmp_path.iterdir()] == [first.name]
    assert ["exit code -9" in report.ended for report in reports] == [False, True]


def test_unknown_words_are_refused(tmp_path, capsys):
    """The error lists the names."""
    assert main(["--all", "nobody", "--into", str(tmp_path)]) == 2
    assert "--all nobody: expected words of " in capsys.readouterr().err


def test_a_subject_is_needed_without_all(capsys):
    """The error says what is missing."""
    assert main(["--spec", "adam"]) == 2
    assert "expected SUBJECT --spec NAME, or --all" in capsys.readouterr().err
