"""Claim: results of several machines come into one report, apart, and none is lost."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from backends.host import NAMED
from backends.studies import conditions
from benchmarks import machine
from reports.__main__ import main
from reports.build import PAGES, build
from reports.keep import keep, prune
from reports.keep import main as keep_main
from reports.machines import HERE, Place, Refused, add
from reports.pages import levels, machines
from reports.read import machines as fleet
from reports.read import timings
from tests.helpers.results import CELL, KNOWN, some

ASV = {"arch": "x86_64", "cpu": "A", "num_cpu": "2", "os": "Linux", "ram": "8589934592"}
TOLD = {"processor": "A", "cores": "2", "memory": "8 GiB", "numpy": "2.4.6", "python": "3.11.7"}
TODAY = f"{datetime.now(UTC):{machine.DATE}}"
FLAG = "ATEN_CPU_CAPABILITY"
TEXTS = {"one": "epoch 10, x: -1.528165", "two": "epoch 10, x: -1.528166"}


def _asv(folder, name, commits, seconds=1.0, started=1, python="3.11", **hardware):
    """What asv and a comparison leave, of a machine."""
    results = folder / "results" / name
    results.mkdir(parents=True, exist_ok=True)
    known = {**ASV, "machine": name}
    (results / "machine.json").write_text(json.dumps(known | hardware | {"version": 1}))
    (results.parent / "benchmarks.json").write_text(json.dumps({**KNOWN, "version": 2}))
    for at, commit in enumerate(commits):
        entry = [[seconds], [["'gd'"], ["'10'"], ["'numpy:cpu'"]], started]
        found = {
            "commit_hash": commit,
            "date": 1_700_000_000_000 + at,
            "params": {**known, "python": python, "numpy": "2.4.6"},
            "result_columns": ["result", "params", "started_at"],
            "results": {"updates.Update.time_steps": entry},
        }
        (results / f"{commit}-env.json").write_text(json.dumps(found))
    compared = folder / "regressions" / f"a-b-{name}"
    compared.mkdir(parents=True, exist_ok=True)
    (compared / "verdicts.json").write_text(json.dumps({"machine": name, "date": TODAY}))


def _tested(folder, name, date=TODAY, failed=False, **told):
    """What tests and races leave, of a machine."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {**TOLD, "machine": name, "date": date, **told}
    cells = [{**CELL, "text": TEXTS.get(name, TEXTS["one"])}]
    cells += [{**CELL, "target": "jax:cpu", "outcome": "failed", "reason": name}] if failed else []
    (folder / "tests.json").write_text(json.dumps({"environment": environment, "cells": cells}))
    races = some(name)["peers.json"]["races"]
    races[0]["rivals"]["ours"]["seconds"] = [0.5 if name == "one" else 0.25]
    (folder / "peers.json").write_text(json.dumps({"environment": environment, "races": races}))


def _checkout(folder, name, commits=("c1",), seconds=1.0, **told):
    _tested(folder / "reports" / "data", name, **told)
    _asv(folder / ".asv", name, commits, seconds)
    return folder


def _place(folder):
    return Place(folder / "reports" / "data", folder / ".asv")


def _contents(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_two_machines_stand_in_one_report_apart(tmp_path, drawn):
    """Another machine's failure is named on the first page; digits, races, times are beside ours.

    No number of the report is between those of both.
    """
    here = _checkout(tmp_path / "here", "one", seconds=1.0)
    there = _checkout(tmp_path / "there", "two", seconds=3.0, failed=True, **{FLAG: "default"})
    counts = add(there, _place(here))
    assert counts == {"two": 4, "comparisons": 1, "lists of benchmarks": 0}
    html = build(*vars(_place(here)).values(), tmp_path / "html").parent
    first = (html / "index.html").read_text()
    assert "All 1 check passed on one; 1 of 2 checks failed on two." in first
    assert ", machine two</h3>" in first

    pandas = pytest.importorskip("pandas")

    def table(name):
        return pandas.read_csv(html / "data" / f"{name}.csv", dtype=str, keep_default_na=False)

    each = table("machines").set_index("machine")
    assert each.set.tolist() == ["nothing", f"{FLAG}=default"]
    assert each.checks.tolist() == [
        "1 passed, 0 failed, 0 skipped",
        "1 passed, 1 failed, 0 skipped",
    ]
    assert table("machines-digits")[["one", "two"]].values.tolist() == [[*TEXTS.values()]]
    times = table("machines-times")
    assert times[["one", "two"]].values.tolist() == [["1 s", "3 s"]]
    raced = table("machines-races")[["one", "two"]].iloc[0].tolist()
    assert [words.split(",")[0] for words in raced] == ["500 ms", "250 ms"]


def test_a_packed_folder_is_as_good_as_a_checkout(tmp_path):
    """What is packed and added elsewhere reads as on the machine itself; again, nothing is new."""
    there, here = _checkout(tmp_path / "there", "two"), tmp_path / "here"
    packed, count = keep(tmp_path / "results", _place(there))
    assert count == len(_contents(packed)) == 6
    assert keep(tmp_path / "results", _place(there)) == (packed, 0)
    assert sum(add(packed, _place(here)).values()) == 6
    assert not any(add(packed, _place(here)).values())
    assert not any(add(there, _place(here)).values())
    _, found = fleet.read(here / "reports" / "data")
    own, *_ = fleet.read(there / "reports" / "data")
    assert (found.name, found.tested, found.raced.tables) == ("two", own.tested, own.raced.tables)
    assert timings.read(here / ".asv").frame.equals(timings.read(there / ".asv").frame)


def test_newer_results_replace_older_ones_and_never_the_other_way(tmp_path):
    """Tests and benchmarks that ran again take the place of those before; an old copy does not."""
    here, old, new = (tmp_path / name for name in ("here", "old", "new"))
    for folder, date, started in ((old, "2026-01-01 00:00 UTC", 1), (new, TODAY, 60_000_000)):
        _tested(folder / "data", "two", date=date)
        _asv(folder / "asv", "two", ["c1"], seconds=started, started=started)
    for folder in (old, new, old):
        add(folder, _place(here))
    (told,) = [each.environment for each in fleet.read(here / "reports" / "data")[1:]]
    assert told["date"] == TODAY
    assert timings.read(here / ".asv").frame.value.tolist() == [60_000_000]


def test_environments_of_one_machine_stay_apart(tmp_path):
    """Another version or setting on a machine has a row of its own, called by what differs."""
    here = _checkout(tmp_path / "here", "one")
    for version, flag in (("2.3.5", "not set"), ("2.4.6", "default")):
        add(_checkout(tmp_path / version, "one", numpy=version, **{FLAG: flag}), _place(here))
    found = fleet.read(here / "reports" / "data")
    names = machines.overview(found).machine.tolist()
    assert sorted(names) == [
        f"one, numpy 2.3.5, {FLAG} not set",
        f"one, numpy 2.4.6, {FLAG} not set",
        f"one, numpy 2.4.6, {FLAG}=default",
    ]
    assert len(levels.collect(found).found) == 2
    _asv(here / ".asv", "one", ["c2"], python="3.12")
    frame = timings.read(here / ".asv").frame
    assert sorted(frame.machine) == ["one, python 3.11", "one, python 3.12"]


def test_this_machines_own_results_that_come_back_are_no_other_machine(tmp_path):
    """Packed here and added here again, they are not shown twice."""
    here = _checkout(tmp_path / "here", "one")
    packed, _ = keep(tmp_path / "results", _place(here))
    add(packed, _place(here))
    assert len(fleet.read(here / "reports" / "data")) == 1


DAMAGE = {
    "hardware": "two machines are called 'one': processor",
    "asv's hardware": "two machines are called 'one': cpu",
    "damaged": "c2-env.json is damaged",
    "damaged tests": "peers.json is damaged",
    "mixed": "expected one machine a folder",
    "nameless": "does not say which machine",
    "empty": "expected a checkout",
    "itself": "expected another folder",
}


def _faulty(fault, there, here):
    """A folder that must be refused."""
    if fault == "empty":
        there.mkdir()
        return there
    if fault == "itself":
        return here
    _checkout(there, "one", ["c1", "c2"], processor="B" if fault == "hardware" else "A")
    if fault == "asv's hardware":
        _asv(there / ".asv", "one", ["c1", "c2"], cpu="B")
    peers = there / "reports" / "data" / "peers.json"
    if fault == "damaged":
        (there / ".asv" / "results" / "one" / "c2-env.json").write_text("{")
    elif fault == "damaged tests":
        peers.write_text('{"environment"')
    elif fault in ("mixed", "nameless"):
        told = {**TOLD, "machine": "two"} if fault == "mixed" else {}
        peers.write_text(json.dumps({"environment": told, "races": []}))
    return there


@pytest.mark.parametrize("fault", DAMAGE)
def test_what_cannot_be_added_is_refused(fault, tmp_path, capsys):
    """Two machines of one name, a damaged file, nothing there: a clear message, nothing copied."""
    here = _checkout(tmp_path / "here", "one")
    there = _faulty(fault, tmp_path / "there", here)
    before = _contents(here)
    with pytest.raises(Refused, match=DAMAGE[fault]):
        add(there, _place(here))
    place = [str(path) for path in vars(_place(here)).values()]
    with pytest.raises(SystemExit) as ended:
        main(["--data", place[0], "--asv", place[1], "--no-pages", "--with", str(there)])
    assert ended.value.code == 2
    assert DAMAGE[fault] in " ".join(capsys.readouterr().err.split())
    assert _contents(here) == before


def test_old_results_are_removed_and_new_ones_stay(tmp_path, capsys):
    """Of a machine what is older goes; with its last result, the whole folder of the machine."""
    past = datetime.now(UTC) - timedelta(days=100)
    here, results = _checkout(tmp_path / "here", "one"), tmp_path / "results"
    _asv(here / ".asv", "one", ["c1"], started=past.timestamp() * 1000)
    _asv(here / ".asv", "one", ["c2"], started=datetime.now(UTC).timestamp() * 1000)
    packed, _ = keep(results, _place(here))
    _tested(tmp_path / "old", "two", date=f"{past:{machine.DATE}}")
    gone, _ = keep(results, Place(tmp_path / "old", tmp_path / "none"))
    other = results / "notes"
    other.mkdir()
    assert prune(results, 365) == []
    assert sorted(prune(results, 90)) == sorted([gone, packed / "asv/results/one/c1-env.json"])
    assert (packed / "asv/results/one/c2-env.json").exists()
    assert (packed / "data/tests.json").exists()
    assert other.exists()
    for days in ("0", "x", "-1"):
        with pytest.raises(SystemExit):
            keep_main([str(results), "--days", days])
        assert "expected a whole number of days" in capsys.readouterr().err


def test_nothing_is_packed_where_nothing_was_measured(tmp_path):
    """Without results, packing is refused and leaves nothing."""
    with pytest.raises(Refused, match="nothing was measured"):
        keep(tmp_path / "results", _place(tmp_path / "none"))
    assert not (tmp_path / "results").exists()


def test_a_machine_can_be_given_a_name(monkeypatch):
    """The variable's name is used everywhere; one that no folder can have is refused."""
    monkeypatch.setenv(NAMED, "ci-linux")
    assert machine.describe()["machine"] == machine.name() == "ci-linux"
    assert conditions.machine()["name"] == "ci-linux"
    monkeypatch.setenv(NAMED, "../x")
    with pytest.raises(ValueError, match=r"BENCH_MACHINE='../x': expected letters"):
        machine.name()


def test_the_report_has_the_pages():
    """Machines and versions have pages of their own, and this checkout a place for results."""
    assert {"machines", "versions"} <= set(PAGES)
    assert HERE.data.parts[-2:] == ("reports", "data")
