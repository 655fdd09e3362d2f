"""The documents' figures, drawn from this suite's own runs; every module offers ``FIGURES``."""

import sys
from importlib import import_module

from reference.registry import stems
from reports.draw.figure import Figure


def collect() -> tuple[Figure, ...]:
    """All figures, in the order of the rows that ask for them."""
    modules = [import_module(f"{__name__}.{stem}") for stem in stems(sys.modules[__name__])]
    found = [figure for module in modules for figure in module.FIGURES]
    return tuple(sorted(found, key=lambda f: (f.systems[0][0], int(f.systems[0][1:]))))
