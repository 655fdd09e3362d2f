"""How it is computed: the optimizers, natively, on every backend, behind one driver."""

from backends.driver import (
    BACKENDS,
    DERIVATIVES,
    MODES,
    QUANTITIES,
    TARGETS,
    Laboratory,
    Path,
    Updater,
    absences,
    available,
    derivatives_of,
    evaluate,
    modes_of,
    reason,
    run,
    show,
    updater,
)
from backends.protocol import Unsupported

__all__ = [
    "BACKENDS",
    "DERIVATIVES",
    "MODES",
    "QUANTITIES",
    "TARGETS",
    "Laboratory",
    "Path",
    "Unsupported",
    "Updater",
    "absences",
    "available",
    "derivatives_of",
    "evaluate",
    "modes_of",
    "reason",
    "run",
    "show",
    "updater",
]
