"""The data of the likelihood problems: two thirds from N(0, 1), one third from N(3, 1)."""

from functools import cache
from statistics import NormalDist
from typing import Annotated, Literal

import numpy as np

from reference.arrays import Floats
from reference.parameters import Interval, Parameters, Seed


class Bimodal(Parameters):
    """Parameters of the bimodal data.

    Attributes
    ----------
    sample
        Whether the data are quantiles at (i + 0.5) / n ("grid"), or random numbers ("random").
    size
        The number of data points from N(0, 1); half as many are added from N(3, 1).
    seed
        The seed of numpy's PCG64 generator, for a random sample.
    """

    sample: Literal["grid", "random"] = "grid"
    size: Annotated[int, Interval(low=1, high=10**6)] = 10_000
    seed: Seed = 0


@cache
def bimodal(p: Bimodal) -> Floats:
    """Return the data, (size + size // 2,), float64, read-only, the same on every backend."""
    sizes = p.size, p.size // 2
    if p.sample == "grid":
        normal = NormalDist()
        parts = [[normal.inv_cdf((i + 0.5) / n) for i in range(n)] for n in sizes]
    else:
        rng = np.random.Generator(np.random.PCG64(p.seed))
        parts = [rng.standard_normal(n).tolist() for n in sizes]
    data = np.concatenate([np.array(parts[0]), np.array(parts[1]) + 3])
    data.flags.writeable = False
    return data
