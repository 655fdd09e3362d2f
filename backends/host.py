"""This machine's name and processor, for what is measured or computed on it."""

import os
import platform
import re
from functools import cache
from pathlib import Path

NAMED = "BENCH_MACHINE"  # the variable that gives this machine another name than its host's


def name() -> str:
    """Return what this machine is called wherever it measures: the variable's name, or its host's.

    Hosts that are made anew for each job need a name of their own, or none has a history.

    Raises
    ------
    ValueError
        A name that no folder can have everywhere.
    """
    found = os.environ.get(NAMED) or platform.node()
    if not re.fullmatch(r"\w[\w.-]*", found, re.ASCII):
        raise ValueError(f"{NAMED}={found!r}: expected letters, digits, dots, dashes, underscores")
    return found


@cache
def processor() -> str:
    """Return the processor's model on Linux, or else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), platform.processor() or platform.machine())
