"""The environment of the results, and the commands that reproduce the report."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from backends import absences, available
from benchmarks.machine import size
from reports.read.races import Races
from reports.read.results import Results
from reports.read.timings import Timings
from reports.words import counted

PHRASES = {
    "processor": "{}",
    "cores": "{} cores",
    "caches": "caches {}",
    "memory": "{} of memory",
    "threads": "{} threads",
    "load": "load {}",
    "date": "last measured on {}",
}
UNKNOWN = "not recorded"
NEVER = "written, never run in these results"
UNSAID = ("machine", "platform")  # the page of the environment has them


def facts(tested: Results, timed: Timings, raced: Races) -> pd.DataFrame:
    """A row for every fact; columns for the tests, asv's machines and the races."""
    runs: dict[str, dict[str, Any]] = {}
    if tested.environment:
        runs["the tests"] = tested.environment
    for name, known in timed.machines.items():
        runs[f"asv on {name}"] = _machine(timed, name, known) | _newest(timed, name)
    if raced.environment:
        runs["the races"] = raced.environment
    return pd.DataFrame(runs).fillna(UNKNOWN).rename_axis("what").reset_index()


def _machine(timed: Timings, name: str, known: dict[str, str]) -> dict[str, str]:
    """A machine as asv knows it, in the words of `benchmarks.machine`.

    Caches, load, threads and date are known of the one that measured last.
    """
    memory = known.get("ram", "")
    told = {
        "machine": name,
        "platform": " ".join(filter(None, (known.get("os"), known.get("arch")))),
        "processor": known.get("cpu", ""),
        "cores": known.get("num_cpu", ""),
        "memory": size(int(memory)) if memory.isdigit() else memory,
    }
    return told | (timed.conditions if timed.conditions.get("machine") == name else {})


def _newest(timed: Timings, name: str) -> dict[str, str]:
    """The commit of a machine's newest results, and the versions that it was measured with."""
    own = timed.frame[timed.frame.machine.str.partition(", ")[0] == name]
    if own.empty:
        return {}
    last = own.sort_values("date", kind="stable").iloc[-1]
    return {"commit": str(last.commit), **dict(last.environment)}


def said(known: Mapping[str, str]) -> str:
    """A machine's description as a person would say it; what has no phrase follows by name."""
    phrases = [phrase.format(known[name]) for name, phrase in PHRASES.items() if known.get(name)]
    rest = [f"{name} {value}" for name, value in known.items() if name not in (*PHRASES, *UNSAID)]
    return "; ".join((*phrases, *rest))


def machines(timed: Timings) -> dict[str, str]:
    """Each of asv's machines in words: what it is, and how busy it was."""
    return {name: said(_machine(timed, name, known)) for name, known in timed.machines.items()}


def targets(tested: Iterable[Results]) -> pd.DataFrame:
    """A row for every target: what ran in all results, and whether it can run on this machine."""
    ran = Counter(c.target for each in tested for c in each.cells if c.outcome == "passed")
    rows = [
        (
            target,
            counted(ran[target], "check") if ran[target] else NEVER,
            reason or "yes",
            _absent(target.split(":")[0]),
        )
        for target, reason in available().items()
    ]
    columns = ["target", "passed", "can it run here?", "optimizers it has not"]
    return pd.DataFrame(rows, columns=columns)


def _absent(backend: str) -> str:
    return "; ".join(f"{name}: {why}" for name, why in absences(backend).items()) or "none"


def commands(tested: Results, made: Iterable[str]) -> list[str]:
    """The commands that reproduce this report in a clone; ``made`` left its results."""
    checkout = [f"git checkout {tested.commit}"] if tested.commit.isalnum() else []
    sessions = [each for each in made if each.startswith("nox")]  # asv publish is part of one
    return [
        *checkout,
        "python3 -m venv .venv && .venv/bin/pip install -q nox",
        *(f".venv/bin/{each}" for each in sessions),
        ".nox/suite/bin/python -m reports",
    ]


def written(tested: Results) -> str:
    """A sentence that says whether the tests ran with uncommitted changes."""
    dirty = tested.environment.get("dirty")
    if dirty == "yes":
        return "The tests ran with changes that no commit has, so this cannot be made again."
    return "The tests ran on the commit's own tree." if dirty == "no" else ""
