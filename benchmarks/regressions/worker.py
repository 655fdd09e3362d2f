"""A process that does a commit's work when asked, and says how long it took and where it led."""

import os
import pickle
import subprocess
import sys
from typing import Any

from benchmarks._catalogue import Cell, make
from benchmarks._workloads import Comparable, parts
from benchmarks.regressions.builds import Build, check_imported, keep_to

ALL_THREADS = "all"


class Broken(Exception):
    """What a worker raised, or that it has died."""


class Worker:
    """A worker process of a commit, with one thread for small work or all for large."""

    def __init__(self, build: Build, threads: str, log: Any) -> None:
        command = (build.python, "-m", "benchmarks.regressions.worker", threads)
        one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        environment = build.environment(**({} if threads == ALL_THREADS else one))
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )

    def ask(self, *request: Any) -> None:
        """Send a request; `reply` waits for its answer."""
        assert self.process.stdin is not None
        try:
            pickle.dump(request, self.process.stdin)
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Broken("the worker has died") from None

    def reply(self) -> Any:
        """Wait for the answer; raise `Broken`, or NotImplementedError for a skip."""
        assert self.process.stdout is not None
        try:
            answer = pickle.load(self.process.stdout)
        except EOFError:
            raise Broken("the worker has died") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def prepare(cell: Cell) -> tuple[Comparable, float]:
    """Do the work until it is warm; return it, and the seconds of the last time."""
    work = make(cell)
    spent = [sum(parts(work, 1)) for _ in range(2 if cell.large else 3)]
    return work, spent[-1]


def measured(work: Comparable, count: int) -> tuple[float, list[Any]]:
    """The seconds of one repetition of ``count``, and where each part of them led."""
    spent, results = 0.0, []
    for seconds in parts(work, count):
        spent += seconds
        results.append(work.result())
    return spent / count, results


def _answer(works: dict[str, Comparable], kind: str, cell: Cell, count: int) -> Any:
    if kind == "prepare":
        works[cell.name], spent = prepare(cell)
        return spent
    if kind == "forget":
        return works.pop(cell.name, None) and None
    return measured(works[cell.name], count)


def main(threads: str) -> None:
    """Answer requests until there are no more."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what frameworks print is no reply
    if threads != ALL_THREADS:
        keep_to(int(threads))
    check_imported()
    works: dict[str, Comparable] = {}
    while True:
        try:
            request = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer = _answer(works, *request)
        except NotImplementedError as why:
            answer = NotImplementedError(str(why))
        except Exception as error:
            answer = Broken(f"{type(error).__name__}: {error}")
        pickle.dump(answer, replies)
        replies.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
