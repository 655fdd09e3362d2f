"""Maps from sweeps on numpy: learning rates, and basins of attraction."""

from functools import cache

from reports.draw.figure import Figure
from reports.draw.maps import basins, rates
from reports.scenes import collect


@cache
def figures() -> tuple[Figure, ...]:
    """Two maps for each scene: learning rates, and basins of attraction."""
    return tuple(kind.figure(scene) for scene in collect().values() for kind in (rates, basins))
