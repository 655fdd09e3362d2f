"""Machines and CPU instruction levels side by side: others' tests, and ``nox -s levels``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from reports.pages.arithmetic import Session, percent, units
from reports.read.machines import UNSET, Machine

HERE = "here"


@dataclass(frozen=True)
class Levels:
    """Other machines' tests, and the sessions of ``nox -s levels`` on all machines, by name."""

    found: Mapping[str, Session] = field(default_factory=dict)


def collect(machines: Sequence[Machine]) -> Levels:
    """The sessions that could be read, without this machine's own tests."""
    here, *others = machines
    sessions = dict(here.levels) | {each.name: each.tested for each in others}
    for each in others:
        sessions |= {f"{each.name}, {name}": level for name, level in each.levels.items()}
    return Levels({name: Session(each) for name, each in sessions.items() if each.found})


def compared(here: Session, levels: Levels) -> pd.DataFrame:
    """The measurements that differ between levels: a column for this machine and for each level."""
    if not levels.found:
        return pd.DataFrame()
    columns = {HERE: _texts(here)} | {name: _texts(m) for name, m in levels.found.items()}
    rows = []
    keys = dict.fromkeys(key for column in columns.values() for key in column)
    for key in sorted(keys, key=lambda key: key[1:]):
        first, *others = (column.get(key, "") for column in columns.values())
        if set(others) - {first, ""}:
            rows.append((*key, first, *("same" if words == first else words for words in others)))
    return pd.DataFrame(rows, columns=["what", "target", "dtype", *columns])


def _texts(session: Session) -> dict[tuple[str, str, str], str]:
    """Misrounded share and largest error, and the facts, by (name, target, dtype)."""
    frame = session.frame
    frame = frame[(frame.regime == "ordinary") & (frame.at_once == "many")]
    found = {
        (row.operation, row.target, row.dtype): f"{percent(row.misrounded)}, {units(row.error)}"
        for row in frame.itertuples()
    }
    return found | session.facts


def settings(told: Mapping[str, str]) -> str:
    """What an environment sets: variables, and a function that is imitated."""
    set_ = [f"{k}={v}" for k, v in told.items() if k.isupper() and v not in UNSET]
    imitated = told.get("imitated", "nothing")
    return " ".join([*set_, *([] if imitated in UNSET else [f"{imitated} imitated"])]) or "nothing"


def sessions(levels: Levels) -> pd.DataFrame:
    """A row for each level: environment variables, processor, and numbers of passed and failed."""
    rows = []
    for name, session in levels.found.items():
        known = session.results.environment
        counts = (session.results.count(outcome) for outcome in ("passed", "failed"))
        ended = "{:,} cells pass, {:,} fail".format(*counts)
        rows.append((name, settings(known), known.get("processor", ""), ended))
    return pd.DataFrame(rows, columns=["machine or level", "what is set", "processor", "tests"])
