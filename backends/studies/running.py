"""A study run: its parts on an executor, a bounded number at a time, each written as it comes."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from backends.protocol import Unsupported
from backends.studies.computing import Different, part_file
from backends.studies.conditions import versions
from backends.studies.errors import StudyError
from backends.studies.grids import Part
from backends.studies.plan import Study
from backends.studies.results import Results
from backends.studies.store import Store
from backends.targets import engine, why_unavailable
from reference import Invalid

AHEAD = 2  # parts in flight for each worker: one that is computed, one that waits
PATIENCE = 1.0  # seconds between looks at whether a cluster still answers
ELSEWHERE = 16  # workers that an executor is taken to have if it does not say


@dataclass(frozen=True)
class Workers:
    """Where parts are computed.

    Attributes
    ----------
    executor
        None to compute in this process.
    count
        How many parts it computes at a time.
    dashboard
        The address of a page that shows it at work.
    lost
        Returns why it will not answer any more, or None.
    """

    executor: Executor | None
    count: int
    dashboard: str | None = None
    lost: Callable[[], str | None] = lambda: None


def run(study: Study, folder: Path, workers: Workers, progress: bool = True) -> Results:
    """Compute the parts of a study that are not in the folder, and return its results.

    Raises
    ------
    reference.Invalid
        If the folder holds something else, or a worker has other versions of packages.
    StudyError
        If workers or the scheduler are lost, or a part cannot be written; parts that are there
        are kept.
    """
    store = Store(folder, study)
    todo, done = [], 0
    for part in study.parts(versions(study.targets)):
        if store.present(part):
            done += len(part)
        else:
            todo.append(part)
    bar = tqdm(
        total=study.members,
        initial=done,
        unit="member",
        unit_scale=True,
        desc=study.name,
        disable=None if progress else True,
    )
    store.running(dashboard=workers.dashboard)
    try:
        with bar:
            for part, content in contents(todo, workers):
                store.write(part, content)
                bar.update(len(part))
    except (BrokenExecutor, CancelledError, ConnectionError, TimeoutError) as error:
        raise StudyError(_kept(store, str(error) or "the scheduler does not answer")) from None
    except Different as error:
        raise Invalid(f"a worker has other packages: {error}; install the same there") from None
    finally:
        store.stopped()
    return Results(folder)


def _kept(store: Store, why: str) -> str:
    kept = len(Results(store.folder).files)
    return (
        f"the workers are lost ({why}): {kept} of {store.study.count} parts are kept in "
        f"{store.folder}; run the same again for the others"
    )


def contents(todo: list[Part], workers: Workers) -> Iterator[tuple[Part, bytes]]:
    """Compute parts, and yield each with its file in the order in which they are done."""
    if workers.executor is None:
        for part in todo:  # a library is limited, and set back, if it is loaded
            engine(part.grid.target, part.grid.case.dtype)
        with threadpool_limits(limits=1):
            for part in todo:
                yield part, part_file(part)
        return
    ahead, rest = AHEAD * workers.count, iter(todo)
    waiting: dict[Future[bytes], Part] = {}
    try:
        while True:
            for part in rest:
                waiting[workers.executor.submit(part_file, part)] = part
                if len(waiting) >= ahead:
                    break
            if not waiting:
                return
            yield from _finished(waiting, workers)
    finally:
        for future in waiting:
            future.cancel()


def _finished(waiting: dict[Future[bytes], Part], workers: Workers) -> Iterator[tuple[Part, bytes]]:
    """Wait for one part or more, and take them out of those that are waited for."""
    done: set[Future[bytes]] = set()
    while not done:
        done, _ = wait(waiting, timeout=PATIENCE, return_when=FIRST_COMPLETED)
        why = None if done else workers.lost()
        if why is not None:
            raise ConnectionError(why)
    for future in done:
        part = waiting.pop(future)
        yield part, future.result()


@contextmanager
def here(study: Study, count: int | None) -> Iterator[Workers]:
    """Workers on this machine: this process, or so many others."""
    for target in study.targets:
        why = why_unavailable(target)
        if why is not None:
            raise Unsupported(f"{target}: {why}")
    number = min(count or os.cpu_count() or 1, study.count)
    if number == 1:
        yield Workers(None, 1)
        return
    spawn = multiprocessing.get_context("spawn")  # frameworks with threads must not be forked
    pool = ProcessPoolExecutor(number, mp_context=spawn, initializer=_end_on_interrupt)
    try:
        yield Workers(pool, number)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _end_on_interrupt() -> None:
    """End at once on Ctrl-C, without a traceback; the process that waits says what is kept."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def given(executor: Executor) -> Iterator[Workers]:
    """Workers of an executor of the caller's."""
    if not isinstance(executor, Executor):
        raise Invalid(f"executor = {executor!r}: expected a concurrent.futures.Executor")
    known: Any = getattr(executor, "_max_workers", None)
    yield Workers(executor, known if isinstance(known, int) else ELSEWHERE)
