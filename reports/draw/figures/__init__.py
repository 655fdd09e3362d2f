"""The documents' figures, drawn from runs of this suite; every module defines ``FIGURES``."""

import sys
from importlib import import_module

from reference.registry import stems
from reports.draw.figure import Figure


def collect() -> tuple[Figure, ...]:
    """All figures, in the order of ``systems.toml``."""
    modules = [import_module(f"{__name__}.{stem}") for stem in stems(sys.modules[__name__])]
    found = [figure for module in modules for figure in module.FIGURES]
    return tuple(sorted(found, key=lambda f: (f.systems[0][0], int(f.systems[0][1:]))))
