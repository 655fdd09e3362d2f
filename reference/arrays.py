"""Types of numpy arrays, by what they hold."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Reals: TypeAlias = NDArray[np.floating]  # of the run's dtype, float32 or float64
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Strings: TypeAlias = NDArray[np.str_]
Objects: TypeAlias = NDArray[np.object_]  # 50-digit numbers of mpmath
