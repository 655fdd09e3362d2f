"""The scoreboard: every optimizer of an installed library that is one of the suite's, checked.

Each is set off its defaults and checked on all its paths in a process of its own, several at once.
What it gave is a file in a folder; one that is there and was made by the same code and library is
not made again.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import backends
import reference
from backends.conformance.formats import to_dict
from backends.conformance.installed import version_of
from backends.conformance.names import NAMINGS, Naming
from backends.conformance.report import Report
from backends.conformance.request import Request
from backends.conformance.rules import NOTHING
from backends.conformance.worker import supervised

MOST = 4  # processes at once: each has a framework or two in memory
MODULES = {
    "torch": "torch.optim",
    "optax": "optax",
    "keras": "keras.optimizers",
    "sklearn": "sklearn.neural_network._stochastic_optimizers",
}
# our hyperparameters, off their defaults where the steps show it
NUMBERS: Mapping[str, Any] = {
    "lr": 0.1,
    "momentum": 0.8,
    "decay": 0.8,
    "beta1": 0.8,
    "beta2": 0.95,
    "beta3": 0.9,
    "eps": 1e-3,
}


@dataclass(frozen=True)
class Entry:
    """An optimizer of a library.

    Attributes
    ----------
    framework, naming
        Whose it is, and what its hyperparameters are called.
    keras
        Keras' backend; "" for other libraries.
    """

    framework: str
    naming: Naming
    keras: str = ""

    @property
    def subject(self) -> str:
        """Its name, as it is given to the command."""
        return f"{MODULES[self.framework]}:{self.naming.peer}"

    @property
    def name(self) -> str:
        """A name that no other entry has."""
        parts = (self.framework, self.keras, self.naming.peer, self.naming.optimizer)
        return "-".join(filter(None, parts))

    @property
    def request(self) -> Request:
        """What is asked of the check."""
        chosen = {"KERAS_BACKEND": self.keras} if self.keras else {}
        return Request(self.subject, self.naming.optimizer, self.hyper, {}, chosen)

    @property
    def hyper(self) -> dict[str, Any]:
        """What it is set to: `NUMBERS`, and what makes it this optimizer of ours."""
        rules = self.naming.rules
        numbers = {n for rule in rules.values() for n in rule.names} & NUMBERS.keys()
        fixed = {
            name: rule.theirs(())
            for name, rule in rules.items()
            if not rule.names and rule is not NOTHING
        }
        return {**fixed, **{name: NUMBERS[name] for name in sorted(numbers)}}


def entries() -> Iterator[Entry]:
    """Yield the optimizers of the libraries that are installed."""
    for framework, namings in NAMINGS.items():
        if find_spec(framework) is None:
            continue
        homes = [each for each in ("torch", "jax") if find_spec(each)]
        for home in homes if framework == "keras" else [""]:
            yield from (Entry(framework, naming, home) for naming in namings)


def absent() -> list[str]:
    """Return the libraries that are not installed."""
    return [framework for framework in NAMINGS if find_spec(framework) is None]


@cache
def _source() -> str:
    """Return a digest of the code that decides."""
    found = hashlib.sha256()
    for package in (reference, backends):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _key(entry: Entry) -> str:
    """Return what a kept result depends on."""
    names = filter(find_spec, (entry.framework, entry.keras or "numpy"))
    parts = [_source(), entry.request, *(f"{name} {version_of(name)}" for name in names)]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def kept(entry: Entry, folder: Path) -> dict[str, Any] | None:
    """Return the result that is there; None if it is missing, damaged or of other code."""
    try:
        found: dict[str, Any] = json.loads((folder / f"{entry.name}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("key") == _key(entry) else None


def checked(
    wanted: Iterable[Entry], folder: Path, limit: float
) -> Iterator[tuple[Entry, dict[str, Any]]]:
    """Check optimizers, several at once, and yield each when what is found is in ``folder``.

    ``limit`` is in seconds, of one optimizer. Where the caller stops, so do the processes that
    check, and nothing of theirs is kept.
    """
    with ThreadPoolExecutor(min(MOST, os.cpu_count() or 1)) as pool:
        running = {pool.submit(_reported, entry, limit): entry for entry in wanted}
        try:
            for done in as_completed(running):
                entry = running[done]
                yield entry, _keep(entry, done.result(), folder)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in active_children():
                process.kill()


def _reported(entry: Entry, limit: float) -> Report:
    return supervised(entry.request, limit, lambda trial, left: None)


def _keep(entry: Entry, report: Report, folder: Path) -> dict[str, Any]:
    """Write a result to its file, whole or not at all, and return it."""
    found = {
        "key": _key(entry),
        "framework": entry.framework,
        "home": entry.keras,
        "peer": entry.naming.peer,
        **to_dict(report),
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"{entry.name}.json.new"
    written.write_text(f"{json.dumps(found, indent=1, allow_nan=False)}\n", encoding="utf-8")
    written.replace(folder / f"{entry.name}.json")
    return found
