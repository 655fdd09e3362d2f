"""A comparison of two commits: what is measured, in what order, and what was found before."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import reference
from benchmarks import machine
from benchmarks._catalogue import Cell, cells, make
from benchmarks._checks import Wrong
from benchmarks._grid import GRID
from benchmarks.regressions import clocks, counters, instructions, verdicts
from benchmarks.regressions.builds import (
    PACKAGES,
    ROOT,
    SHORT,
    WORKING_TREE,
    Build,
    Refused,
    build,
    processors,
    resolve,
)
from benchmarks.regressions.statistics import estimate
from benchmarks.regressions.verdicts import Finding, Verdict

STATE = ROOT / ".asv" / "regressions"
SUITES = ROOT / "benchmarks"
LIBRARIES = ("numpy", "scipy", "mpmath", "jax", "jaxlib", "torch")
ROUNDS = 5  # of clocks, unless asked otherwise
COUNTS = STATE / "counts"
SIDES = ("base", "head")


def compared(words: Iterable[str] = (), counted: bool = False) -> list[Cell]:
    """The benchmarks that commits are compared by: updates, sweeps, and trajectories as run by
    default, of which every one of ``words`` is a part of the name.

    With ``counted`` without sweeps, of which nothing is counted.

    Raises
    ------
    Refused
        Words that no benchmark has.
    """
    wanted = list(words)
    known = [c for c in cells() if c.by_default and not (counted and c.kind == "sweep")]
    found = [cell for cell in known if all(word in cell.name for word in wanted)]
    if not found:
        names = "\n  ".join(cell.name for cell in known)
        raise Refused(f"--only {' '.join(wanted)}: no benchmark is called so; there are\n  {names}")
    return found


@dataclass
class Comparison:
    """A base and a head, and the folder with all that was measured of them.

    What was measured is kept, so that a comparison that was interrupted goes on where it was.
    """

    builds: dict[str, Build]
    folder: Path
    cells: list[Cell]
    say: Callable[[str], None] = print
    judges: dict[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] = SIDES

    @classmethod
    def of(
        cls,
        base: str,
        head: str,
        words: Iterable[str],
        say: Callable[[str], None],
        repository: Path = ROOT,
        counted: bool = False,
    ) -> "Comparison":
        """Build both commits; raise `Refused` for what is none."""
        before, after = (resolve(name, repository) for name in (base, head))
        chosen = compared(words, counted)
        names = [tree() if side == WORKING_TREE else side[:SHORT] for side in (before, after)]
        measured = digest((*setting(), *(cell.name for cell in chosen)))
        folder = STATE / "-".join([*names, measured])
        folder.mkdir(parents=True, exist_ok=True)
        builds = {
            role: build(commit, folder / role, repository)
            for role, commit in (("base", before), ("head", after), ("again", before))
        }
        return cls(builds, folder, chosen, say)

    @cached_property
    def targets(self) -> list[str]:
        return [t for t in GRID.hosts if any(cell.target == t for cell in self.cells)]

    def judge(self, cell: Cell, result: Any) -> float:
        """The error of a result as a share of that allowed; raise `Wrong` above 1."""
        if cell.name not in self.judges:
            self.judges[cell.name] = make(cell)
        return float(self.judges[cell.name].judge(result))

    def count(self) -> None:
        """Count on both sides, as many processes at a time as there are processors."""
        missing = instructions.missing()
        if missing:
            self.say(f"no instructions are counted: {missing}")
        jobs = [
            (kind, side, target)
            for kind in (("counters",) if missing else ("instructions", "counters"))
            for target in self.targets
            for side in self.only
            if not self._counts(kind, side, target).exists()
        ]
        running: dict[Any, tuple[int, tuple[str, str, str]]] = {}
        free = processors()
        try:
            while jobs or running:
                while jobs and free:
                    job, processor = jobs.pop(0), free.pop()
                    self.say(f"counting {job[0]} of {job[2]}, {job[1]}")
                    running[self._start(*job, processor)] = processor, job
                for process in list(running):
                    try:
                        process.wait(0.2)
                    except subprocess.TimeoutExpired:
                        continue
                    processor, job = running.pop(process)
                    free.append(processor)
                    self._collect(process.returncode, *job)
        finally:
            for process in running:
                process.kill()

    def _counts(self, kind: str, side: str, target: str) -> Path:
        """Where a commit's counts are kept, for all comparisons of the same benchmarks with it."""
        commit = self.builds[side].commit
        same = side == "head" and commit == self.builds["base"].commit
        shared = commit != WORKING_TREE and not same
        names = (cell.name for cell in self.cells if cell.target == target)
        owner = commit[:SHORT] if shared else side
        name = f"{kind}-{owner}-{target.replace(':', '-')}-{digest((*setting(), *names))}.pickle"
        return (COUNTS if shared else self.folder) / name

    def _scratch(self, kind: str, side: str, target: str) -> Path:
        return self.folder / f"{kind}-{side}-{target.replace(':', '-')}"

    def _start(self, kind: str, side: str, target: str, processor: int) -> Any:
        cells = [cell for cell in self.cells if cell.target == target and cell.kind != "sweep"]
        commit, scratch = self.builds[side], self._scratch(kind, side, target)
        if kind == "counters":
            return counters.start(commit, target, cells, scratch)
        small = [cell for cell in cells if not cell.large]
        return instructions.start(commit, small, scratch, STATE / "jax", processor)

    def _collect(self, code: int, kind: str, side: str, target: str) -> None:
        """Keep what a process has counted; after a failure nothing, to be counted again."""
        scratch = self._scratch(kind, side, target)
        if kind == "counters":
            found = counters.collect(scratch)
        else:
            counts, results = instructions.collect(scratch)
            found = {
                "counts": {name: {"instructions": count} for name, count in counts.items()},
                "results": results,
                "texts": {},
            }
        if code or not found["results"]:
            last = (scratch / "log.txt").read_text(errors="replace").strip().splitlines()[-1:]
            self.say(f"counting {kind} of {target}, {side}, failed with {code}: {''.join(last)}")
            return
        path = self._counts(kind, side, target)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_bytes(pickle.dumps(found))
        draft.replace(path)

    def left(self, rounds: int) -> int:
        """How many rounds are still to be measured."""
        return max(0, rounds - len(clocks.rounds_done(self.folder)))

    def time(self, rounds: int, progress: Callable[[Cell], None]) -> None:
        """Measure rounds until there are so many."""
        for number in range(rounds - self.left(rounds), rounds):
            self.say(f"round {number + 1} of {rounds}")
            clocks.measure(self.builds, self.cells, number, self.folder, self.judge, progress)

    def verdicts(self) -> list[Verdict]:
        """A verdict for every benchmark, and for goldens that changed; the worst first."""
        counted = {side: self.counts(side) for side in SIDES}
        differences, noises, reasons = clocks.contrasts(clocks.rounds_done(self.folder))
        estimates = estimate(differences, noises)
        found = [self._verdict(cell, counted, estimates, reasons) for cell in self.cells]
        expected = {name: golden.expected for name, golden in reference.GOLDENS.items()}
        for target in self.targets:
            before, after = (
                self._found("counters", side, target).get("texts", {}) for side in SIDES
            )
            found += verdicts.texts(before, after, expected, target)
        return sorted(found, key=lambda v: verdicts.ORDER.index(v.verdict))

    def _found(self, kind: str, side: str, target: str) -> Any:
        path = self._counts(kind, side, target)
        return pickle.loads(path.read_bytes()) if path.exists() else {}

    def counts(self, side: str) -> dict[str, dict[str, Any]]:
        """By benchmark: its counts, and its "result" or why there is none."""
        merged: dict[str, dict[str, Any]] = {}
        for target in self.targets:
            for kind in ("instructions", "counters"):
                found = self._found(kind, side, target)
                for name, counts in found.get("counts", {}).items():
                    merged.setdefault(name, {}).update(counts)
                for name, result in found.get("results", {}).items():
                    merged.setdefault(name, {})["result"] = result
        return merged

    def _verdict(self, cell: Cell, counted: Any, estimates: Any, reasons: Any) -> Verdict:
        base, head = (dict(counted[side].get(cell.name, {})) for side in SIDES)
        results = base.pop("result", None), head.pop("result", None)
        findings = verdicts.counts(cell, base, head)
        reason = reasons.get(cell.name)
        if cell.name in estimates and reason and not reason.startswith("wrong"):
            reason = None  # it was measured in other rounds
        if cell.kind != "sweep":
            errors, missing = self._errors(cell, results)
            findings += errors
            reason = missing or _one_sided(base, head) or reason
        if reason and reason.startswith("wrong: head"):
            findings.append(Finding("error", None, None, 1, 1, 1, verdicts.WRONG, reason))
        elif reason and reason.startswith("wrong: base"):
            reason = None  # its time is no measure, but the head's counts and error are
        if cell.name in estimates:
            findings.append(verdicts.timed(estimates[cell.name]))
        return verdicts.verdict(cell, findings, reason)

    def _errors(self, cell: Cell, results: Any) -> tuple[list[Finding], str | None]:
        """The finding on both sides' errors, or why there is none."""
        shares: list[float] = []
        for side, result in zip(SIDES, results, strict=True):
            if result is None:
                return [], f"{side}: it was not counted"
            if isinstance(result, Exception):
                return [], f"{side}: {result}"
            try:
                shares.append(self.judge(cell, result))
            except Wrong:
                shares.append(float("inf"))
        before, after = shares
        return [verdicts.accurate(before, after)], None

    def meta(self) -> dict[str, Any]:
        """What a report says of the comparison beside its verdicts."""
        return {
            "base": self.builds["base"].commit,
            "head": self.builds["head"].commit,
            **{name: machine.describe()[name] for name in ("machine", "date")},
            "python": sys.version.split()[0],
            "rounds": len(clocks.rounds_done(self.folder)),
            "instructions": instructions.missing() or "counted",
        }

    def write(self, found: list[Verdict]) -> Path:
        """Keep the verdicts as JSON; return its path."""
        path = self.folder / "verdicts.json"
        draft = path.with_suffix(".draft")
        content = self.meta() | {"verdicts": [verdict.to_dict() for verdict in found]}
        draft.write_text(json.dumps(content, indent=1, sort_keys=True))
        draft.replace(path)
        return path


def digest(parts: Iterable[str]) -> str:
    """Eight characters that stand for some texts."""
    return sha256("\n".join(parts).encode()).hexdigest()[:8]


def _one_sided(base: Mapping[str, float], head: Mapping[str, float]) -> str | None:
    """Which counts there are on one side only, or None."""
    missing = sorted(base.keys() ^ head.keys())
    return f"{', '.join(missing)} on one side only" if missing else None


@cache
def setting() -> tuple[str, ...]:
    """What a measurement depends on besides the commit: machine, libraries, and these suites."""
    suites = sorted(p for p in SUITES.rglob("*") if p.suffix in (".py", ".c"))
    libraries = (f"{d.name} {d.version}" for d in distributions() if d.name in LIBRARIES)
    sources = (sha256(path.read_bytes()).hexdigest() for path in suites)
    return machine.name(), sys.version, *sorted(libraries), *sources


def tree() -> str:
    """What stands for the working tree: its packages' files."""
    found = sha256()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return f"tree{found.hexdigest()[:8]}"
