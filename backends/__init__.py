"""The optimizers, implemented natively on numpy, JAX and torch, behind a common interface."""

from backends.driver import QUANTITIES, Path, evaluate, run, show
from backends.machine import Arithmetic, arithmetic
from backends.protocol import Unsupported
from backends.runner import TargetRunner
from backends.studies import study
from backends.studies.errors import StudyError
from backends.sweeping import Sweep, sweep
from backends.targets import (
    BACKENDS,
    DERIVATIVES,
    MODES,
    TARGETS,
    absences,
    available,
    derivatives_of,
    modes_of,
    why_unavailable,
)
from backends.updating import Updater, updater

__all__ = [
    "BACKENDS",
    "DERIVATIVES",
    "MODES",
    "QUANTITIES",
    "TARGETS",
    "Arithmetic",
    "Path",
    "StudyError",
    "Sweep",
    "TargetRunner",
    "Unsupported",
    "Updater",
    "absences",
    "arithmetic",
    "available",
    "derivatives_of",
    "evaluate",
    "modes_of",
    "run",
    "show",
    "study",
    "sweep",
    "updater",
    "why_unavailable",
]
