"""Reader of asv's results: a table with a row for each commit, benchmark and parameters."""

import json
import math
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

COLUMNS = (
    "machine",  # and where it measured in several environments, what differs
    "environment",
    "commit",
    "date",
    "benchmark",
    "params",
    "value",  # of times the median of the samples
    "low",  # the ends of the interval in which the median lies with 99 % confidence
    "high",
    "samples",
    "failed",
)
HARDWARE = ("arch", "cpu", "machine", "num_cpu", "os", "ram")


@dataclass(frozen=True)
class Timings:
    """All results in ``frame``, asv's metadata, and in ``left_out`` what could not be read.

    ``conditions`` is the machine that measured last, as `benchmarks.machine` describes it.
    """

    frame: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(COLUMNS)))
    benchmarks: dict[str, Any] = field(default_factory=dict)
    machines: dict[str, dict[str, str]] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    pages: Path | None = None

    @property
    def failed(self) -> pd.DataFrame:
        """The failed results at the newest commit of each machine and benchmark."""
        last = self.frame.groupby(["machine", "benchmark"]).date.transform("max")
        return self.frame[(self.frame.date == last) & self.frame.failed.astype(bool)]

    def title(self, name: str) -> str:
        return str(self.benchmarks.get(name, {}).get("pretty_name") or name)

    def unit(self, name: str) -> str:
        return str(self.benchmarks.get(name, {}).get("unit", ""))

    def names(self, name: str, count: int) -> list[str]:
        """The names of a benchmark's parameters."""
        known = self.benchmarks.get(name, {}).get("param_names", [])
        return known if len(known) == count else [f"parameter {i + 1}" for i in range(count)]


def _load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _at(values: Any, index: int) -> float:
    """One number of a benchmark; nan if it was skipped, failed or has no statistics."""
    number = values[index] if isinstance(values, list) else None
    return math.nan if number is None else float(number)


def _failed(values: Any, index: int) -> bool:
    """Whether a parameter set failed: asv stores null then, and NaN if it was skipped."""
    return not isinstance(values, list) or values[index] is None


def _rows(path: Path) -> list[tuple[Any, ...]]:
    data = _load(path)
    rows = []
    for name, entry in data["results"].items():
        found = dict(zip(data["result_columns"], entry, strict=False))
        for index, params in enumerate(product(*(found.get("params") or []))):
            rows.append(
                (
                    str(data["params"]["machine"]),
                    _environment(data["params"]),
                    str(data["commit_hash"]),
                    int(data["date"]),
                    name,
                    tuple(p.strip("'") for p in params),
                    _at(found.get("result"), index),
                    _at(found.get("stats_ci_99_a"), index),
                    _at(found.get("stats_ci_99_b"), index),
                    _at(found.get("stats_repeat"), index),
                    _failed(found.get("result"), index),
                )
            )
    return rows


def _environment(params: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Python's version and those of the libraries; asv has a path where it made no environment."""
    known = {str(name): str(value) for name, value in params.items() if name not in HARDWARE}
    if not known.get("python", "")[:1].isdigit():
        known.pop("python", None)
    return tuple(sorted(known.items()))


def _labelled(frame: pd.DataFrame) -> pd.DataFrame:
    """Say in a machine's name what differs, where it measured in several environments."""
    names = {}
    for machine, part in frame.groupby("machine"):
        told = {each: dict(each) for each in part.environment.unique()}
        every = {item for each in told for item in each}
        shared = {item for item in every if all(item in each for each in told)}
        for each in told:
            unlike = [f"{name} {value}" for name, value in each if (name, value) not in shared]
            names[machine, each] = ", ".join([str(machine), *unlike])
    keys = zip(frame.machine, frame.environment, strict=True)
    return frame.assign(machine=[names[key] for key in keys])


def _texts(path: Path) -> dict[str, str]:
    return {str(name): str(value) for name, value in _load(path).items()}


def read(folder: Path) -> Timings:
    """Read asv's results, its pages, and what machine it was, from ``folder``, usually ``.asv``."""
    rows: list[tuple[Any, ...]] = []
    left_out: list[str] = []
    benchmarks: dict[str, Any] = {}
    machines: dict[str, dict[str, str]] = {}
    conditions: dict[str, str] = {}
    for path in (*sorted((folder / "results").rglob("*.json")), *folder.glob("conditions.json")):
        try:
            if path.name == "benchmarks.json":
                benchmarks = {k: v for k, v in _load(path).items() if isinstance(v, dict)}
            elif path.name == "machine.json":
                known = _texts(path)
                machines[known["machine"]] = known
            elif path.name == "conditions.json":
                conditions = _texts(path)
            else:
                rows += _rows(path)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            left_out.append(
                f"{path.parent.name}/{path.name} is damaged: {type(error).__name__} {error}"
            )
    frame = _labelled(pd.DataFrame(rows, columns=list(COLUMNS)))
    keys = ["machine", "commit", "benchmark", "params"]
    frame = frame.drop_duplicates(keys, keep="last").sort_values("date", kind="stable")
    pages = folder / "html"
    published = (pages / "index.html").exists()
    found = pages if published else None
    return Timings(frame, benchmarks, machines, conditions, left_out, found)
