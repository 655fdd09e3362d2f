"""The subject's code in a process of its own, which a time limit ends."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any

from backends.conformance.checking import check
from backends.conformance.recording import Raised, Recording, made
from backends.conformance.report import Report
from backends.conformance.request import Missing, Request, load
from backends.conformance.verdict import Trial
from reference import Invalid

GRACE = 5.0  # seconds in which a worker may still say what it has found
TRIAL, REPORT, REFUSED = "trial", "report", "refused"


def supervised(request: Request, limit: float, progress: Callable[[Trial, int], None]) -> Report:
    """Check in another process, and end it after ``limit`` seconds and a few more.

    Raises
    ------
    Invalid
        As `check` does.
    """
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(request, limit, sender))
    worker.start()
    sender.close()
    trials: list[Trial] = []
    try:
        report = _followed(receiver, monotonic() + limit + GRACE, trials, progress)
        worker.join(GRACE)
        return report
    except TimeoutError:
        ended = f"it was ended after {limit:g} s{_after(trials)}"
    except EOFError:
        worker.join()
        ended = f"its process ended by itself, with exit code {worker.exitcode}{_after(trials)}"
    finally:
        worker.kill()
        worker.join()
    return Report(request.subject, request.spec, request.hyper, tuple(trials), ended=ended)


def _after(trials: list[Trial]) -> str:
    return f", after the tape {trials[-1].tape!r}, path {trials[-1].path}" if trials else ""


def _followed(
    receiver: "Connection[Any, Any]",
    deadline: float,
    trials: list[Trial],
    progress: Callable[[Trial, int], None],
) -> Report:
    while receiver.poll(max(0.0, deadline - monotonic())):
        kind, *content = receiver.recv()
        if kind == REPORT:
            report: Report = content[0]
            return report
        if kind == REFUSED:
            raise Invalid(content[0])
        trials.append(content[0])
        progress(*content)
    raise TimeoutError


def _work(request: Request, limit: float, sender: "Connection[Any, Any]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who waits ends this process

    def tell(trial: Trial, left: int) -> None:
        sender.send((TRIAL, replace(trial, points=None), left))

    os.environ.update(request.environment)
    try:
        subject = made(Recording(), lambda: load(request.subject))
        options = {**request.options, "limit": limit, "progress": tell}
        found = check(subject, request.spec, request.hyper, **options)
        sender.send((REPORT, found))
    except (Raised, Missing) as reason:
        empty = Report(request.subject, request.spec, request.hyper, (), ended=str(reason))
        sender.send((REPORT, empty))
    except Invalid as error:
        sender.send((REFUSED, str(error)))
