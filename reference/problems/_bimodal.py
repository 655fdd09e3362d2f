"""The data of the likelihood problems: two parts from N(0, 1) and one part from N(3, 1)."""

from functools import cache
from statistics import NormalDist
from typing import Annotated, Any, Literal

import numpy as np

from reference.parameters import Interval, Parameters, Seed


class Bimodal(Parameters):
    """What the data are.

    Attributes
    ----------
    sample
        Whether the data are the distributions' midpoint quantiles ("grid"), or drawn ("random").
    size
        How many data are from N(0, 1), half as many more being from N(3, 1); a million take 12 MB
        and a second to make.
    seed
        What numpy's PCG64 generator is seeded with, for a random sample.
    """

    sample: Literal["grid", "random"] = "grid"
    size: Annotated[int, Interval(low=1, high=10**6)] = 10_000
    seed: Seed = 0


@cache
def bimodal(p: Bimodal) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the data, shape (size + size // 2,), float64, read-only, the same everywhere."""
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
