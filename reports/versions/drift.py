"""What changed from one release to the next: digits, bits, functions, counts and seconds."""

import json
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks._catalogue import Cell
from benchmarks.regressions import clocks, instructions
from benchmarks.regressions.builds import ROOT
from benchmarks.regressions.comparison import Comparison, compared, digest, setting
from reports.versions import differences, recorder
from reports.versions.differences import LENGTH, Cause, Changed, Parted
from reports.versions.environments import Release
from reports.versions.recorder import Bits, Work

STATE = ROOT / ".asv" / "versions"
OUT = ROOT / "reports" / "data" / "versions"
RECORDER = Path(recorder.__file__).read_text(encoding="utf-8")
Say = Callable[[str], None]


def recorded(release: Release, say: Say) -> dict[str, Any]:
    """What a release computes, as `recorder.record` returns it; kept for the next time."""
    folder = STATE / f"{release.package}-{release.version}"
    known = folder / f"{digest((*setting(), RECORDER, release.build.commit))}.pickle"
    if not known.exists():
        say(f"recording {release}: texts, every step, every function")
        found = recorder.ask(release.build, folder, "record", release.target)
        draft = known.with_suffix(".draft")
        draft.write_bytes(pickle.dumps(found))
        draft.replace(known)
    return dict(pickle.loads(known.read_bytes()))


@dataclass
class Pair:
    """Two releases of a package, one after the other, and what was recorded of both."""

    before: Release
    after: Release
    records: tuple[dict[str, Any], dict[str, Any]]
    say: Say

    @property
    def folder(self) -> Path:
        ends = f"{self.before.package}-{self.before.version}-{self.after.version}"
        builds = self.before.build.commit, self.after.build.commit
        return STATE / f"{ends}-{digest((*setting(), *builds))}"

    def parted(self) -> dict[Work, Parted]:
        """The works whose bits differ, and where they first do."""
        found: dict[Work, Parted] = {}
        before, after = (each["bits"] for each in self.records)
        for work in before:
            both = before[work], after.get(work)
            if all(isinstance(side, Bits) for side in both):
                parted = differences.parted(work, *both)
                found |= {} if parted is None else {work: parted}
        return found

    def broken(self) -> list[dict[str, str]]:
        """The works that one release cannot do, or both for different reasons."""
        before, after = (each["bits"] for each in self.records)
        rows = []
        for work in before:
            sides = [_why(each[work]) for each in (before, after)]
            if sides[0] != sides[1]:
                rows.append({"work": str(work), "before": sides[0], "after": sides[1]})
        return rows

    def changed(self) -> list[Changed]:
        """The works whose bits differ, with the operation that does it and both errors."""
        found = self.parted()
        wanted = differences.asked(found)
        operations = self._operations(sorted({*wanted.values()}))
        rows = []
        for work, parted in tqdm(found.items(), desc="bounds", unit="run", disable=None):
            if parted.what == LENGTH:
                why = Cause(words="the stopping rule")
            else:
                why = differences.cause(parted, *operations[wanted[work]])
            ratios = (differences.ratio(work, each["bits"][work]) for each in self.records)
            rows.append(Changed(parted, why, tuple(ratios)))
        return rows

    def _operations(self, wanted: list[tuple[Work, int]]) -> dict[tuple[Work, int], Any]:
        """The operations of both releases, or the exceptions in their place, by what was asked."""
        if not wanted:
            return {}
        self.say(f"tracing {len(wanted)} steps of {self.before} and {self.after}")
        target, scratch = self.before.target, self.folder
        before, after = (
            recorder.ask(release.build, scratch / release.version, "operations", target, wanted)
            for release in (self.before, self.after)
        )
        return {each: (before[each], after[each]) for each in wanted}

    def comparison(self, words: Iterable[str], counted: bool) -> Comparison:
        """The counts and seconds of both, measured as those of two commits are."""
        cells = [c for c in compared(words, counted) if c.target == self.before.target]
        self.folder.mkdir(parents=True, exist_ok=True)
        base, head = self.before.build, self.after.build
        builds = {"base": base, "head": head, "again": base}
        return Comparison(builds, self.folder, cells, self.say)

    def measure(self, words: Iterable[str], rounds: int) -> dict[str, Any]:
        """Count, and time so many rounds; return the verdicts on all benchmarks."""
        comparison = self.comparison(words, counted=not rounds)
        comparison.count()
        if rounds:
            total = comparison.left(rounds) * len(comparison.cells)
            with tqdm(total=total, unit="benchmark", disable=None) as bar:

                def progress(cell: Cell) -> None:
                    bar.set_description(cell.name)
                    bar.update()

                comparison.time(rounds, progress)
        return {
            "rounds": len(clocks.rounds_done(self.folder)),
            "instructions": instructions.missing() or "counted",
            "verdicts": [verdict.to_dict() for verdict in comparison.verdicts()],
        }

    def drift(self, words: Iterable[str], rounds: int) -> dict[str, Any]:
        """All that changed, as JSON values."""
        before, after = self.records
        return {
            "before": self.before.version,
            "after": self.after.version,
            "goldens": len({*before["texts"]} & {*after["texts"]}),
            "works": sum(isinstance(each, Bits) for each in before["bits"].values()),
            "functions": len(before["arithmetic"]) and sum(map(len, before["arithmetic"].values())),
            "texts": differences.texts(before["texts"], after["texts"]),
            "changed": [each.to_dict() for each in self.changed()],
            "broken": self.broken(),
            "rounded": list(differences.functions(before["arithmetic"], after["arithmetic"])),
            **self.measure(words, rounds),
        }


def _why(found: Any) -> str:
    return "" if isinstance(found, Bits) else f"{found}"


def write(package: str, releases: list[Release], records: list[Any], drifts: list[Any]) -> Path:
    """Keep what was found of a package's releases; whole or not at all."""
    content = {
        "package": package,
        "target": releases[0].target,
        "releases": [
            {"version": release.version, "environment": record["environment"]}
            for release, record in zip(releases, records, strict=True)
        ],
        "pairs": drifts,
    }
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{package}.json"
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=1, allow_nan=False))
    draft.replace(path)
    return path
