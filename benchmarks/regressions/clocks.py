"""Seconds of base and head, measured in turns in new processes each round."""

import json
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._catalogue import Cell
from benchmarks._checks import Wrong
from benchmarks.regressions.builds import Build, processors
from benchmarks.regressions.worker import ALL_THREADS, Broken, Worker

ENOUGH = 0.01  # seconds a sample takes at least
REST = 0.002  # seconds between samples: threads that wait by spinning go to sleep
TURNS = 2  # times all workers take their turn, there and back
ROLES = ("base", "head", "again")  # again: another process of the base

Judge = Callable[[Cell, Any], float]


def rounds_done(folder: Path) -> list[dict[str, Any]]:
    """The rounds that were measured before, the oldest first; a damaged one counts as none."""
    found = []
    for path in sorted(folder.glob("round-*.json")):
        try:
            found.append(json.loads(path.read_text()))
        except ValueError:
            path.unlink()
    return found


def measure(
    builds: Mapping[str, Build],
    cells: list[Cell],
    number: int,
    folder: Path,
    judge: Judge,
    progress: Callable[[Cell], None],
) -> dict[str, Any]:
    """Measure one round, and keep it as ``round-NUMBER.json`` in ``folder``.

    Returns
    -------
    By benchmark, the logarithms of the seconds of each role, or a text that says why there are
    none.
    """
    order = random.Random(number)
    known = processors()
    one = str(known[number % len(known)])
    found: dict[str, Any] = {}
    for threads, part in (
        (one, [c for c in cells if not c.large]),
        (ALL_THREADS, [c for c in cells if c.large]),
    ):
        if part:
            found |= _pass(builds, part, threads, order, folder, judge, progress)
    draft = folder / f".round-{number:03d}.json"
    draft.write_text(json.dumps(found, sort_keys=True))
    draft.replace(folder / f"round-{number:03d}.json")
    return found


def _pass(
    builds: Mapping[str, Build],
    cells: list[Cell],
    threads: str,
    order: random.Random,
    folder: Path,
    judge: Judge,
    progress: Callable[[Cell], None],
) -> dict[str, Any]:
    """Measure some cells with workers that have so many threads."""
    log = (folder / "workers.log").open("ab")
    workers: dict[str, Worker] = {}
    found: dict[str, Any] = {}
    try:
        for cell in cells:
            progress(cell)
            for role in ROLES:
                if role not in workers:
                    workers[role] = Worker(builds[role], threads, log)
            try:
                found[cell.name] = _timed(workers, cell, order, judge)
            except NotImplementedError as why:
                found[cell.name] = f"skipped: {why}"
            except Wrong as why:
                found[cell.name] = f"wrong: {why}"
            except Broken as why:
                found[cell.name] = f"failed: {why}"
                for worker in workers.values():
                    worker.close()
                workers = {}
    finally:
        for worker in workers.values():
            worker.close()
        log.close()
    return found


def _all(workers: Mapping[str, Worker], *request: Any) -> dict[str, Any]:
    """Ask all workers at once; return their answers, or raise the first error after all."""
    for worker in workers.values():
        worker.ask(*request)
    answers, errors = {}, []
    for role, worker in workers.items():
        try:
            answers[role] = worker.reply()
        except (Broken, NotImplementedError) as error:
            errors.append(type(error)(f"{role}: {error}"))
    if errors:
        raise errors[0]
    return answers


def _timed(
    workers: Mapping[str, Worker], cell: Cell, order: random.Random, judge: Judge
) -> dict[str, float]:
    """The median over turns of each role's log seconds; every sample's result is judged."""
    alone = _all(workers, "prepare", cell, 1)
    count = max(1, int(np.ceil(ENOUGH / np.median(list(alone.values())))))
    logs: dict[str, list[float]] = {role: [] for role in workers}
    for _ in range(1 if cell.large else TURNS):
        turn = order.sample(list(workers), len(workers))
        for role in (*turn, *reversed(turn)):
            time.sleep(REST)
            workers[role].ask("time", cell, count)
            spent, results = workers[role].reply()
            try:
                for result in results:
                    judge(cell, result)
            except Wrong as why:
                raise Wrong(f"{'head' if role == 'head' else 'base'}: {why}") from None
            logs[role].append(float(np.log(spent)))
    _all(workers, "forget", cell, 1)
    return {role: float(np.median(spent)) for role, spent in logs.items()}


def contrasts(
    rounds: list[dict[str, Any]],
) -> tuple[dict[str, list[float]], dict[str, list[float]], dict[str, str]]:
    """By benchmark: differences and noises of the rounds, and why a benchmark has none."""
    differences: dict[str, list[float]] = {}
    noises: dict[str, list[float]] = {}
    reasons: dict[str, str] = {}
    for measured in rounds:
        for name, logs in measured.items():
            if isinstance(logs, str):
                reasons[name] = logs
                continue
            base, head, again = (logs[role] for role in ROLES)
            differences.setdefault(name, []).append(head - (base + again) / 2)
            noises.setdefault(name, []).append(again - base)
    return differences, noises, reasons
