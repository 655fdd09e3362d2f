"""What all workers and copies of a test run share: pictures that no result changes."""

import pickle

from filelock import FileLock

from reports.draw import figures, maps
from reports.draw.figure import DRAWN, pictures


def constant():
    """The figures that need no results."""
    return [*figures.collect(), *maps.figures()]


def load(path):
    """Take the pictures from ``path``; what is not there yet will be drawn when it is wanted."""
    found = pickle.loads(path.read_bytes())
    DRAWN.update({figure: found[figure.id] for figure in constant() if figure.id in found})


def once(path, make):
    """Let the first process make ``path``; the others wait for it."""
    with FileLock(f"{path}.lock"):
        if not path.exists():
            make()
    return path


def draw(path):
    """Draw the pictures and leave them at ``path``."""
    drawn = pictures(constant())
    path.write_bytes(pickle.dumps({picture.figure.id: picture for picture in drawn}))
