"""A Dask cluster as an executor: found by its address, and checked before it is used."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from backends.studies.conditions import differing, versions
from backends.studies.plan import Study
from backends.studies.running import Workers
from reference import Invalid

ANSWERS = 10  # seconds in which a scheduler must answer
AWAY = 5  # seconds after which a scheduler that does not answer is lost
START = "start one by `dask scheduler`, and workers by `dask worker ADDRESS`"


@contextmanager
def at(address: str, study: Study) -> Iterator[Workers]:
    """Workers of the scheduler at an address such as "tcp://10.0.0.1:8786".

    Raises
    ------
    reference.Invalid
        If nothing answers there, there are no workers, or one has other versions of packages.
    """
    try:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ImportError:
        raise Invalid("a scheduler needs Dask: pip install 'descent-bench[study]'") from None
    with _quiet():
        try:
            with warnings.catch_warnings():  # what differs is refused below, by name
                warnings.simplefilter("ignore", VersionMismatchWarning)
                client = Client(address, timeout=ANSWERS, set_as_default=False)
        except (OSError, ValueError, TimeoutError):
            raise Invalid(f"no Dask scheduler answers at {address!r}: {START}") from None
        try:
            threads = _checked(client, address, study)
            yield Workers(
                client.get_executor(pure=False),
                threads,
                client.dashboard_link,
                _watch(client, address),
            )
        finally:
            client.close(timeout=1)


def _checked(client: Any, address: str, study: Study) -> int:
    """Return how many parts the workers compute at a time, all being of our versions."""
    threads = int(sum(client.nthreads().values()))
    if not threads:
        raise Invalid(f"the scheduler at {address} has no workers: {START}")
    try:
        found = client.run(differing, versions(study.targets), on_error="return")
    except Exception as error:  # whatever a worker without our code raises
        raise Invalid(_unlike(address, error)) from None
    for worker, wrong in found.items():
        if isinstance(wrong, Exception):
            raise Invalid(_unlike(worker, wrong))
        if wrong:
            raise Invalid(f"worker {worker} has {', '.join(wrong)}: install the same there")
    return threads


def _unlike(worker: str, error: Exception) -> str:
    why = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"worker {worker} cannot run this suite ({why}): install the same commit there"


def _watch(client: Any, address: str) -> Any:
    """Return a function that says why the scheduler is lost, or None while it answers."""
    since: list[float] = []

    def lost() -> str | None:
        if client.status == "running":
            since.clear()
            return None
        since.append(monotonic())
        if monotonic() - since[0] < AWAY:
            return None
        return f"the scheduler at {address} does not answer"

    return lost


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask logs of a lost connection from the terminal; one sentence says it."""
    named = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    loggers = [logging.getLogger(name) for name in (*named, "tornado.application")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
