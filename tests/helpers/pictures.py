"""Share the figures and learning-rate sweeps that need no results: make them once, then load them.

All test workers load what one has drawn; the next run does where the code and the libraries are the
same, and the environment variable `PICTURES` names a folder.
"""

import hashlib
import os
import pickle
import shutil
from importlib.metadata import version
from pathlib import Path

import backends
import reference
import reports
from reference.kept import write
from reports.compute import rates
from reports.draw import figures, maps
from reports.draw.figure import DRAWN, pictures
from tests.helpers.newest import PICTURES

LIBRARIES = ("matplotlib", "numpy", "pandas", "scipy", "seaborn")


def constant():
    """The figures that need no results."""
    return [*figures.collect(), *maps.figures()]


def load(path):
    """Put the pictures and sweeps at ``path`` into caches; missing ones are made on demand."""
    found, swept = pickle.loads(path.read_bytes())
    DRAWN.update({figure: found[figure.id] for figure in constant() if figure.id in found})
    rates.SWEPT.update(swept)


def draw(path):
    """Draw the figures that need no results, sweep, and pickle both to ``path``."""
    kept = _kept()
    if kept and kept.exists():
        shutil.copy(kept, path)
        kept.touch()
        return
    rates.strips()
    drawn = {picture.figure.id: picture for picture in pictures(constant())}
    path.write_bytes(pickle.dumps((drawn, rates.SWEPT)))
    if kept:
        write(kept, path.read_bytes())


def _kept():
    """The file for this code and these libraries; None where nothing is kept."""
    if not os.environ.get(PICTURES):
        return None
    found = hashlib.sha256(" ".join(map(version, LIBRARIES)).encode())
    for package in (reference, backends, reports):
        folder = Path(package.__file__).parent
        for source in sorted([*folder.rglob("*.py"), *folder.rglob("*.toml")]):
            found.update(source.read_bytes())
    return Path(os.environ[PICTURES], f"{found.hexdigest()[:16]}.pickle")
