"""Share the figures that need no results between test workers: draw them once, then load them."""

import pickle

from reports.draw import figures, maps
from reports.draw.figure import DRAWN, pictures


def constant():
    """The figures that need no results."""
    return [*figures.collect(), *maps.figures()]


def load(path):
    """Put the pictures at ``path`` into the cache; missing ones are drawn on demand."""
    found = pickle.loads(path.read_bytes())
    DRAWN.update({figure: found[figure.id] for figure in constant() if figure.id in found})


def draw(path):
    """Draw the figures that need no results and pickle them to ``path``."""
    drawn = pictures(constant())
    path.write_bytes(pickle.dumps({picture.figure.id: picture for picture in drawn}))
