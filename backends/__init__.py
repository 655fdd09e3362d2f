"""How it is computed: the optimizers, natively, on every backend, behind one driver."""

from backends.driver import QUANTITIES, Path, evaluate, run, show
from backends.laboratory import Laboratory
from backends.machine import Arithmetic, arithmetic
from backends.protocol import Unsupported
from backends.sweep import Sweep, sweep
from backends.targets import (
    BACKENDS,
    DERIVATIVES,
    MODES,
    TARGETS,
    absences,
    available,
    derivatives_of,
    modes_of,
    reason,
)
from backends.updater import Updater, updater

__all__ = [
    "BACKENDS",
    "DERIVATIVES",
    "MODES",
    "QUANTITIES",
    "TARGETS",
    "Arithmetic",
    "Laboratory",
    "Path",
    "Sweep",
    "Unsupported",
    "Updater",
    "absences",
    "arithmetic",
    "available",
    "derivatives_of",
    "evaluate",
    "modes_of",
    "reason",
    "run",
    "show",
    "sweep",
    "updater",
]
