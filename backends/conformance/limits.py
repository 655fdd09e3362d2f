"""A time limit that ends a subject which hangs."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OutOfTime(BaseException):
    """The time limit has passed; no Exception, so that a subject cannot catch it by chance."""


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Raise `OutOfTime` after so many seconds, in the main thread of a system that has timers.

    Elsewhere, and in a library's own code, it comes late or never: the command's worker process is
    ended from outside.
    """
    timed = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if seconds is None or not timed:
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
