"""The precisions of a check, and numpy's dtype of each."""

from typing import Any

import numpy as np

from backends.protocol import Unsupported
from reference import DTYPES
from reference.precision import PRECISIONS

EVERY = (*DTYPES, *(name for name in PRECISIONS if name not in DTYPES))
TRAINED = (
    *DTYPES,
    "bfloat16",
)  # in which frameworks keep parameters; in float16 if it is asked for


def narrow(dtype: str) -> bool:
    """Whether a precision has 16 bits, of which operations are computed in another."""
    return PRECISIONS[dtype].wide != dtype


def numpys(dtype: str) -> "np.dtype[Any]":
    """Return numpy's dtype of a precision; raises `Unsupported` for bfloat16 without ml_dtypes."""
    if dtype != "bfloat16":
        return np.dtype(dtype)
    try:
        from ml_dtypes import bfloat16
    except ImportError:
        raise Unsupported(
            "numpy has no bfloat16 without the package ml_dtypes, which comes with JAX"
        ) from None
    found: np.dtype[Any] = np.dtype(bfloat16)
    return found
