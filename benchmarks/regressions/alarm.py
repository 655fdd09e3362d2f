"""How far the verdicts can be trusted: ``nox -s alarm``.

The same code is compared with itself, and slowdowns are planted, as commits in a scratch clone.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import combinations, cycle, product
from pathlib import Path
from statistics import median
from typing import Any

from filelock import FileLock, Timeout
from scipy import stats
from tqdm import tqdm

from benchmarks import machine
from benchmarks._catalogue import Cell, cells
from benchmarks._grid import GRID
from benchmarks.regressions import instructions, verdicts
from benchmarks.regressions.builds import Refused
from benchmarks.regressions.clocks import contrasts, rounds_done
from benchmarks.regressions.comparison import ROUNDS, STATE, Comparison
from benchmarks.regressions.instructions import STEPS
from benchmarks.regressions.plants import KINDS, Clone, Plant, slowed, unused
from benchmarks.regressions.statistics import DISCOVERIES, estimate

ALARM = STATE.parent / "alarm"
FLAGGED = (verdicts.SLOWER, verdicts.FASTER, verdicts.WRONG)
SIZES = (0.02, 0.05, 0.10, 0.20, 0.50)
SIZED = ("update", " 10 ")  # what they are planted in
IDLE = 100  # turns planted to find what one costs
COMPETITOR = (sys.executable, "-c", "while True: pass")


def _quiet(cell: Cell) -> None:
    """No progress for single benchmarks."""


def _comparison(clone: Clone, commit: str, words: tuple[str, ...]) -> Comparison:
    return Comparison.of(clone.base, commit, words, _say, clone.folder)


def plant(clone: Clone, planted: Plant) -> dict[str, Any]:
    """Plant something, compare, and say which metrics flag it, and what else is flagged."""
    comparison = _comparison(clone, clone.commit([planted]), planted.compared)
    comparison.count()
    if planted.clocks:
        comparison.time(ROUNDS, _quiet)
    flagged = [v for v in comparison.verdicts() if v.verdict in (verdicts.SLOWER, verdicts.WRONG)]
    touched = [v for v in flagged if all(word in v.name for word in planted.words)]
    metrics = {
        finding.metric
        for v in touched
        for finding in v.findings
        if finding.verdict in (verdicts.SLOWER, verdicts.WRONG)
    }
    golden = any(v.name.startswith("golden") for v in flagged)
    elsewhere = [v.name for v in flagged if v not in touched and not v.name.startswith("golden")]
    return {
        "plant": planted.name,
        "metrics": sorted(metrics | ({"golden"} if golden else set())),
        "flagged": bool(metrics & set(planted.expected)),
        "why": next((v.why for v in touched), ""),
        "elsewhere": elsewhere,
    }


def sizes(clone: Clone, share: float, wanted: int) -> dict[str, Any]:
    """Plant a share of work in every other optimizer's update, on every target, until there are
    so many plants; the other optimizers must not be flagged.
    """
    cost = _idle(clone)
    row: dict[str, Any] = {"share": share, "planted": 0, "missed": [], "elsewhere": [], "found": []}
    halves = cycle((GRID.first_order[::2], GRID.first_order[1::2]))
    while row["planted"] < wanted:
        plants = {
            _update(target, optimizer): slowed(
                target.split(":")[0],
                optimizer,
                _turns(share * _instructions(clone, target, optimizer), *cost),
            )
            for optimizer in next(halves)
            for target in GRID.hosts
        }
        comparison = _comparison(clone, clone.commit(plants.values()), SIZED)
        comparison.count()
        for verdict in comparison.verdicts():
            by = {f.metric: f for f in verdict.findings}
            flagged = verdict.verdict in (verdicts.SLOWER, verdicts.WRONG)
            if verdict.name not in plants:
                row["elsewhere"] += [verdict.name] * flagged
                continue
            row["planted"] += 1
            row["found"].append(by["instructions"].ratio - 1)
            row["missed"] += [verdict.name] * (by["instructions"].verdict != verdicts.SLOWER)
    return row


def _update(target: str, optimizer: str) -> str:
    return f"update {optimizer} 10 {target}"


def _turns(wished: float, call: float, turn: float) -> int:
    """How many idle turns cost so many instructions with the call that they need."""
    return max(0, round((wished - call) / turn))


def _counted(clone: Clone, commit: str) -> dict[str, float]:
    """Instructions of each update of ten parameters of a commit, by benchmark."""
    side = "base" if commit == clone.base else "head"
    comparison = _comparison(clone, commit, SIZED)
    comparison.only = (side,)
    comparison.count()
    counts = comparison.counts(side).items()
    return {name: found["instructions"] / STEPS for name, found in counts}


def _instructions(clone: Clone, target: str, optimizer: str) -> float:
    """Instructions of an update of ten parameters."""
    return _counted(clone, clone.base)[_update(target, optimizer)]


@cache
def _idle(clone: Clone) -> tuple[float, float]:
    """Instructions of a planted call without a turn, and of each of its idle turns."""
    commits = (clone.base, *(clone.commit([slowed("numpy", "gd", n)]) for n in (0, IDLE)))
    base, empty, full = (_counted(clone, c)[_update("numpy:cpu", "gd")] for c in commits)
    return empty - base, (full - empty) / IDLE


def same_counts(clone: Clone, times: int) -> dict[str, Any]:
    """Count commits that do the same, and judge each pair of counts of all benchmarks."""
    runs: list[dict[str, dict[str, float]]] = []
    for number in range(1, times + 1):
        _say(f"the same work, count {number} of {times}")
        comparison = _comparison(clone, clone.commit([unused(number)]), ())
        comparison.only = ("head",)
        comparison.count()
        runs.append({name: _numbers(found) for name, found in comparison.counts("head").items()})
    return judged_counts(runs)


def _numbers(found: dict[str, Any]) -> dict[str, float]:
    """The counts without the result that was counted."""
    return {metric: value for metric, value in found.items() if metric != "result"}


def judged_counts(runs: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """How often two counts of the same work are flagged, each pair judged as two commits are."""
    compared, flagged, largest = 0, list[str](), dict[str, float]()
    pairs = list(combinations(runs, 2))
    for (one, other), cell in product(pairs, cells()):
        for found in verdicts.counts(cell, one.get(cell.name, {}), other.get(cell.name, {})):
            compared += 1
            changed = abs(found.ratio - 1)
            largest[found.metric] = max(largest.get(found.metric, 0), changed)
            if found.verdict in FLAGGED:
                flagged.append(f"{cell.name}: {found.metric} {found.ratio - 1:+.2%}")
    return _rate(compared, len(flagged)) | {
        "pairs": len(pairs),
        "names": sorted(set(flagged)),
        "largest": largest,
    }


@contextmanager
def _competitor() -> Iterator[None]:
    """Another process that keeps one processor busy."""
    with subprocess.Popen(COMPETITOR) as process:
        try:
            yield
        finally:
            process.kill()


def busy_clocks(clone: Clone, jobs: int, words: tuple[str, ...]) -> dict[str, Any]:
    """As `same_clocks`, while another process keeps one processor busy."""
    comparison = _comparison(clone, clone.base, words)
    comparison.folder /= "busy"
    comparison.folder.mkdir(exist_ok=True)
    with _competitor():
        comparison.time(jobs * ROUNDS, _quiet)
    return _judged(rounds_done(comparison.folder)[: jobs * ROUNDS])


def same_clocks(clone: Clone, jobs: int, words: tuple[str, ...]) -> dict[str, Any]:
    """Time the same commit against itself, and judge every job of `ROUNDS` rounds."""
    comparison = _comparison(clone, clone.base, words)
    comparison.time(jobs * ROUNDS, _quiet)
    return _judged(rounds_done(comparison.folder)[: jobs * ROUNDS])


def _judged(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """How often jobs of the same code are flagged.

    Of a job's three workers, each is taken for the head once.
    """
    compared, flagged, seen = 0, list[str](), dict[str, list[float]]()
    for start in range(0, len(rounds) - ROUNDS + 1, ROUNDS):
        for head in ("base", "head", "again"):
            job = [_with_head(measured, head) for measured in rounds[start : start + ROUNDS]]
            differences, noises, _ = contrasts(job)
            for name, found in estimate(differences, noises).items():
                compared += 1
                seen.setdefault(name, []).append(found.seen)
                if verdicts.timed(found).verdict in FLAGGED:
                    flagged.append(f"{name}: {found.ratio - 1:+.1%}, q = {found.q:.1g}")
    smallest = {name: median(each) for name, each in seen.items()}
    return _rate(compared, len(flagged)) | {"names": flagged, "seen": smallest}


def _with_head(measured: dict[str, Any], head: str) -> dict[str, Any]:
    """A round in which another worker is taken for the head."""
    others = [role for role in ("base", "head", "again") if role != head]
    swap = {"head": head, "base": others[0], "again": others[1]}
    return {
        name: logs if isinstance(logs, str) else {role: logs[swap[role]] for role in swap}
        for name, logs in measured.items()
    }


def _rate(compared: int, flagged: int) -> dict[str, Any]:
    """A share with its 95 % confidence interval (Clopper and Pearson)."""
    if not compared:
        return {"compared": 0, "flagged": 0, "low": 0.0, "high": 1.0}
    interval = stats.binomtest(flagged, compared).proportion_ci()
    low, high = float(interval.low), float(interval.high)
    return {"compared": compared, "flagged": flagged, "low": low, "high": high}


def _say(text: str) -> None:
    tqdm.write(text, file=sys.stderr)


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="nox -s alarm --",
        description="Measure how often a comparison of commits cries wolf, and what it misses.",
    )
    parser.add_argument("--kinds", action="store_true", help="plant one slowdown of each kind")
    parser.add_argument(
        "--sizes", type=int, metavar="N", help="plant 2, 5, 10, 20 and 50 %%, N times each or more"
    )
    parser.add_argument("--same", type=int, metavar="N", help="count N commits that do the same")
    parser.add_argument("--clocks", type=int, metavar="N", help="time it against itself, N times")
    parser.add_argument(
        "--busy", type=int, metavar="N", help="as --clocks, with another process on one processor"
    )
    parser.add_argument(
        "--only", nargs="+", default=[], help="benchmarks that --clocks and --busy measure"
    )
    return parser.parse_args(given)


def _measure(options: argparse.Namespace, keep: Any) -> None:
    clone = Clone(ALARM / "clone")
    chosen = options.kinds, options.sizes, options.same, options.clocks, options.busy
    everything = not any(chosen)
    words = tuple(options.only)
    missing = instructions.missing()
    if missing and (everything or options.kinds or options.sizes or options.same):
        raise Refused(f"{missing}; without it --clocks alone can be measured")
    if options.kinds or everything:
        keep("kinds", [plant(clone, planted) for planted in tqdm(KINDS, disable=None)])
    if options.sizes or everything:
        wanted = options.sizes or 20
        keep("sizes", [sizes(clone, share, wanted) for share in tqdm(SIZES, disable=None)])
    if options.same or everything:
        keep("same counts", same_counts(clone, options.same or 7))
    if options.clocks or everything:
        keep("same clocks", same_clocks(clone, options.clocks or 4, words))
    if options.busy or everything:
        keep("busy clocks", busy_clocks(clone, options.busy or 4, words))
    keep("decided at", {"false discovery rate": DISCOVERIES, "commit": clone.base})


def main(given: list[str]) -> int:
    options = _arguments(given)
    ALARM.mkdir(parents=True, exist_ok=True)
    STATE.mkdir(parents=True, exist_ok=True)
    path = ALARM / f"{machine.name()}.json"

    def keep(name: str, found: Any) -> None:
        known = json.loads(path.read_text()) if path.exists() else {}
        draft = path.with_suffix(".draft")
        told = {"machine": machine.name(), "date": machine.describe()["date"]}
        draft.write_text(json.dumps(known | told | {name: found}, indent=1))
        draft.replace(path)
        _say(f"{name}: {json.dumps(found, indent=1)}")

    try:
        with FileLock(Path(STATE, "lock"), timeout=0):
            _measure(options, keep)
    except Timeout:
        _say("another comparison runs on this machine, and would disturb this one")
        return 2
    except Refused as why:
        _say(str(why))
        return 2
    except KeyboardInterrupt:
        _say("interrupted: the same command goes on from here")
        return 130
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
