"""The data of the likelihood problems: two parts from N(0, 1) and one part from N(3, 1)."""

from functools import cache
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from reference.parameters import Count, Parameters, Seed


class Bimodal(Parameters):
    """``sample``: midpoint quantiles ("grid") or a seeded draw; ``size``: how many from N(0, 1)."""

    sample: Literal["grid", "random"] = "grid"
    size: Count = 10_000
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
