"""Claim: the report says which commits were compared, and how far the verdicts can be trusted."""

import subprocess

import pytest

from reports.compute import history
from reports.pages import regressions
from reports.read import comparisons


def test_a_verdict_is_trusted_as_far_as_its_own_machine_was_measured():
    """What the alarm has seen on another machine says nothing of a comparison here."""
    rate = comparisons.Rate(100, 1, 0.0003, 0.054, {"update gd": 1.2})
    findings = [comparisons.Finding("seconds", "slower")]
    judged = comparisons.Judged("update gd", "slower", "", findings)
    compared = [comparisons.Compared("a", "b", "here", 5, [judged])]
    for machine, wanted in (("here", "20.0\N{NO-BREAK SPACE}%"), ("there", regressions.UNKNOWN)):
        known = comparisons.Comparisons(compared, [comparisons.Alarm(machine, same_clocks=rate)])
        row = regressions.changes(known).iloc[0]
        assert row["smallest slowdown seen"] == wanted


RECORD = {
    "sizes": [comparisons.Sized(s, 21, [s], ["a"] * m, []) for s, m in ((0.02, 3), (0.05, 0))],
    "same_counts": comparisons.Rate(8610, 0, 0, 0.0004),
    "same_clocks": comparisons.Rate(450, 1, 0.0001, 0.0123, {"a": 1.05, "b": 1.12, "c": 1.9}),
    "busy_clocks": comparisons.Rate(450, 3, 0.001, 0.02, {"a": 1.2}),
}
TRUSTED = {
    "sizes": "counts on here see every slowdown of 5 % or more, and raised 0 false alarms in ",
    "typical": "clocks on here see 12 % in half of the benchmarks, and raised 1 false alarm in ",
    "interval": "450 comparisons of the same code (at most 1.23 %, with 95 % confidence)",
    "busy": "; with another process busy, raised 3 false alarms in 450 comparisons",
}


@pytest.mark.parametrize("part", TRUSTED)
def test_how_far_a_verdict_can_be_trusted_is_a_sentence(part):
    """False alarms and smallest slowdowns of counts and clocks, from this machine's own record."""
    compared = [comparisons.Compared("a", "b", "here", 5, [])]
    known = comparisons.Comparisons(compared, [comparisons.Alarm("here", **RECORD)])
    told = " | ".join(regressions.trust(known)).replace("\N{NO-BREAK SPACE}", " ")
    assert TRUSTED[part] in told


@pytest.mark.parametrize(("metric", "first"), [("instructions", "counts"), ("seconds", "clocks")])
def test_what_decided_is_trusted_first(metric, first):
    """Where counts gave the verdicts, clocks are told after them; each in a sentence of its own."""
    judged = [
        comparisons.Judged(name, "slower", "", [comparisons.Finding(metric, "slower")])
        for name in ("a", "b")
    ]
    compared = [comparisons.Compared("a", "b", "here", 5, judged)]
    known = comparisons.Comparisons(compared, [comparisons.Alarm("here", **RECORD)])
    told = regressions.trust(known)
    assert len(told) == 2
    assert told[0].startswith(f"{first} on here")


def test_of_many_benchmarks_flagged_elsewhere_some_are_named():
    planted = comparisons.Planted("a", ["instructions"], True, list("abcde"))
    known = comparisons.Comparisons([], [comparisons.Alarm("here", kinds=[planted])])
    assert regressions.plants(known)["flagged elsewhere"].tolist() == ["a, b, c and 2 more"]


@pytest.mark.parametrize("lost", [*RECORD, "all"])
def test_what_is_not_measured_of_the_alarm_has_its_command(lost):
    """Where a part of the machine's record is missing, the sentence says what measures it."""
    kept = {k: v for k, v in RECORD.items() if lost not in (k, "all")}
    compared = [comparisons.Compared("a", "b", "here", 5, [])]
    known = comparisons.Comparisons(compared, [comparisons.Alarm("here", **kept)])
    assert ("nox -s alarm" in " ".join(regressions.trust(known))) == (lost != "busy_clocks")
    assert regressions.trust(comparisons.Comparisons()) == []


@pytest.fixture
def branches(tmp_path, monkeypatch):
    """A repository with two branches from one commit, and the commits by name."""

    def git(*words):
        told = ("-c", "user.name=A", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        done = subprocess.run(("git", *told, *words), cwd=tmp_path, check=True, capture_output=True)
        return done.stdout.decode().strip()

    def commit(name):
        git("commit", "--allow-empty", "-m", name)
        return git("rev-parse", "HEAD")

    git("init", "-b", "main")
    found = {name: commit(name) for name in ("first", "second", "third")}
    git("checkout", "-b", "other", found["first"])
    found["aside"] = commit("aside")
    monkeypatch.setattr(history, "ROOT", tmp_path)
    return found | {"working": ".", "lost": "f" * 40}


@pytest.mark.parametrize(
    ("head", "checked", "words"),
    [
        ("third", "third", "its head is the commit that this report checks"),
        ("first", "third", "its head is 2 commits before the commit that this report checks"),
        ("third", "second", "its head is 1 commit after the commit that this report checks"),
        ("aside", "third", "its head is on another branch than the commit"),
        ("working", "third", "its head is a working tree"),
        ("lost", "third", "cannot tell how its head stands"),
    ],
)
def test_a_comparison_says_how_it_stands_to_the_report(head, checked, words, branches):
    """Whether the newest head is the report's commit, or how many commits away, or elsewhere."""
    compared = [comparisons.Compared("a", branches[head], "here", 0, [])]
    known = comparisons.Comparisons(compared)
    assert words in regressions.standing(known, branches[checked])
