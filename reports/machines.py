"""Results that travel between machines: ``python -m reports --with FOLDER`` adds those of others.

What tests, races, studies and comparisons of releases left lies in ``reports/data``; what those of
other machines left, in ``reports/data/machines``, a folder for each machine and environment. asv's
results and the comparisons of commits lie in ``.asv``, which tells machines apart by itself.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backends.host import NAMED
from benchmarks import machine
from reports.read.machines import FOLDER, key

ROOT = Path(__file__).resolve().parents[1]
MACHINE, BENCHMARKS = "machine.json", "benchmarks.json"
RESULTS = (  # all that a page shows of another machine, in reports/data
    "tests.json",
    "peers.json",
    "levels/*.json",
    "versions/*.json",
    "studies/*.json",
)
LISTS = "lists of benchmarks"
COMPARED = {"regressions/*/verdicts.json": "comparisons", "alarm/*.json": "records of the alarm"}
HARDWARE = ("processor", "cores", "memory")
ASV_HARDWARE = ("arch", "cpu", "num_cpu", "ram")


class Refused(Exception):
    """Results that cannot be added or packed, with the reason."""


@dataclass(frozen=True)
class Place:
    """Where results lie: ``data`` as in reports/data, and ``asv`` as in .asv."""

    data: Path
    asv: Path

    @classmethod
    def of(cls, folder: Path) -> "Place":
        """The results in a checkout, in a folder that ``nox -s keep`` has packed, or in an .asv.

        Raises
        ------
        Refused
            Where nothing was measured.
        """
        data = _first(folder, ("reports/data", "data"), (*RESULTS, f"{FOLDER}/*/*.json"))
        asv = _first(folder, (".asv", "asv", ""), (f"results/*/{MACHINE}", *COMPARED))
        if data is None and asv is None:
            raise Refused(
                f"{folder}: expected a checkout in which something was measured, a folder that "
                "nox -s keep has packed, or a folder .asv"
            )
        return cls(data or folder / "data", asv or folder / "asv")


HERE = Place(ROOT / "reports" / "data", ROOT / ".asv")


def matching(folder: Path, patterns: tuple[str, ...] = RESULTS) -> Iterator[Path]:
    """The files in a folder that match patterns, in the order of these."""
    for pattern in patterns:
        yield from sorted(folder.glob(pattern))


def _first(folder: Path, names: tuple[str, ...], patterns: tuple[str, ...]) -> Path | None:
    places = (folder / name for name in names)
    return next((p for p in places if next(matching(p, patterns), None)), None)


def load(path: Path) -> dict[str, Any]:
    """A file's JSON object; raise `Refused` if it is damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{path} is damaged: {error}") from None
    if not isinstance(found, dict):
        raise Refused(f"{path} is damaged: expected an object, got {type(found).__name__}")
    return found


def environment(path: Path) -> dict[str, str]:
    """Where the results in a file were found; of several releases, the newest's environment.

    Raises
    ------
    Refused
        A damaged file, or one that does not say which machine it is of.
    """
    content = load(path)
    try:
        known = content["releases"][-1] if "releases" in content else content
        told = {str(name): str(value) for name, value in known["environment"].items()}
        return {**told, "machine": told["machine"]}
    except (LookupError, TypeError, AttributeError):
        raise Refused(f"{path} is damaged: it does not say which machine it is of") from None


def told(data: Path) -> dict[str, str]:
    """The environment of the first results in a folder; empty where there are none."""
    path = next(matching(data), None)
    return {} if path is None else environment(path)


def when(path: Path) -> str:
    """When a file's newest result was measured, as a text that sorts; empty if it does not say."""
    content = load(path)
    if "result_columns" not in content:
        known = content["releases"][-1] if content.get("releases") else content
        inner = known.get("environment")
        return str((inner if isinstance(inner, dict) else known).get("date", ""))
    try:
        columns, results = content["result_columns"], content["results"].values()
        rows = (dict(zip(columns, row, strict=False)) for row in results)
        newest = max((row.get("started_at") or 0 for row in rows), default=0)
        return f"{datetime.fromtimestamp(newest / 1000, UTC):{machine.DATE}}"
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise Refused(f"{path} is damaged: {error}") from None


def _refuse(name: str, what: str, ours: Any, theirs: Any) -> None:
    raise Refused(
        f"two machines are called {name!r}: {what} is {ours!r} here and {theirs!r} there; give one "
        f"another name with {NAMED}=NAME, and measure it again"
    )


def _check_hardware(theirs: Mapping[str, str], here: Place) -> None:
    """Raise `Refused` if two machines have one name."""
    known = [told(folder) for folder in (here.data, *sorted((here.data / FOLDER).glob("*")))]
    known += [machine.describe()] if here == HERE else []
    for ours in known:
        for what in HARDWARE if ours.get("machine") == theirs["machine"] else ():
            if ours.get(what) != theirs.get(what):
                _refuse(theirs["machine"], what, ours.get(what), theirs.get(what))


def _check_asv(name: str, there: Path, here: Path) -> None:
    """The same for asv's machines; their bytes of memory vary a little from kernel to kernel."""
    if not (here / MACHINE).exists():
        return
    ours, theirs = (load(folder / MACHINE) for folder in (here, there))
    for what in ASV_HARDWARE:
        sides = [str(each.get(what)) for each in (ours, theirs)]
        if what == "ram" and all(side.isdigit() for side in sides):
            sides = [machine.size(int(side)) for side in sides]
        if sides[0] != sides[1]:
            _refuse(name, what, *sides)


@dataclass(frozen=True)
class Copy:
    """A file to be copied; ``kind`` is a machine's name, or what the file is."""

    kind: str
    source: Path
    target: Path

    def newer(self) -> bool:
        """Whether there is no such file yet, or it was measured before."""
        dated = when(self.source)  # read in any case, for what is damaged must not be copied
        return not self.target.exists() or dated > when(self.target)

    def differs(self) -> bool:
        """Whether there is no such file yet, or it is another and was not measured later."""
        if not self.target.exists():
            return True
        same = self.target.read_bytes() == self.source.read_bytes()
        return not same and when(self.source) >= when(self.target)

    def make(self) -> None:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        draft = self.target.with_suffix(".draft")
        draft.write_bytes(self.source.read_bytes())
        draft.replace(self.target)


def _data(there: Path, here: Place) -> Iterator[Copy]:
    """What is to be copied of reports/data."""
    for folder in (there, *sorted((there / FOLDER).glob("*"))):
        first = told(folder)
        for path in matching(folder):
            found = environment(path)
            if found["machine"] != first["machine"]:
                names = f"{found['machine']!r}, and others there of {first['machine']!r}"
                raise Refused(f"{path} is of the machine {names}: expected one machine a folder")
            _check_hardware(found, here)
            target = here.data / FOLDER / key(first) / path.relative_to(folder)
            yield Copy(found["machine"], path, target)


def of_asv(there: Path, here: Path) -> Iterator[Copy]:
    """What is to be copied of .asv."""
    for folder in sorted(path.parent for path in there.glob(f"results/*/{MACHINE}")):
        _check_asv(folder.name, folder, here / "results" / folder.name)
        for path in sorted(folder.glob("*.json")):
            yield Copy(folder.name, path, here / path.relative_to(there))
    for pattern, kind in COMPARED.items():
        for path in matching(there, (pattern,)):
            yield Copy(kind, path, here / path.relative_to(there))
    known = there / "results" / BENCHMARKS
    if known.exists():
        yield Copy(LISTS, known, here / "results" / BENCHMARKS)


def add(folder: Path, here: Place = HERE) -> dict[str, int]:
    """Copy the results of other machines, where they are newer than those here.

    Returns
    -------
    How many files were copied, by what they are: a machine's name, "comparisons", "records of the
    alarm" or "lists of benchmarks".

    Raises
    ------
    Refused
        Where nothing was measured, a file is damaged, or another machine has the name of one here.
        Nothing is copied then.
    """
    there = Place.of(folder)
    if {there.data.resolve(), there.asv.resolve()} & {here.data.resolve(), here.asv.resolve()}:
        raise Refused(f"{folder}: expected another folder than this checkout's own")
    found = [*_data(there.data, here), *of_asv(there.asv, here.asv)]
    wanted = {copy: copy.newer() for copy in found}
    copied = dict.fromkeys((copy.kind for copy in found), 0)
    for copy, newer in wanted.items():
        if newer:
            copy.make()
            copied[copy.kind] += 1
    return copied
