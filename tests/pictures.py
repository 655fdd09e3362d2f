"""Pictures that no result changes, drawn once for all workers and copies of a test run."""

import pickle

from filelock import FileLock

from reports import figures, maps
from reports.drawing import DRAWN, pictures


def constant():
    """The figures that need no results."""
    return [*figures.collect(), *maps.figures()]


def load(path):
    """Take the pictures from ``path``; what is not there yet will be drawn when it is wanted."""
    found = pickle.loads(path.read_bytes())
    DRAWN.update({figure: found[figure.id] for figure in constant() if figure.id in found})


def share(path):
    """Draw the pictures, or take them from ``path``, where the first process leaves them."""
    with FileLock(f"{path}.lock"):
        if path.exists():
            load(path)
        else:
            drawn = pictures(constant())
            path.write_bytes(pickle.dumps({picture.figure.id: picture for picture in drawn}))
