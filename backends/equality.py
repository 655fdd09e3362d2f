"""Equality of results: arrays are compared bitwise, other fields by ==."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np


def equal_fields(a: Any, b: Any) -> bool:
    """Whether two instances of a dataclass are equal field by field; arrays bit by bit."""
    return all(_equal(getattr(a, field.name), getattr(b, field.name)) for field in fields(a))


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, Mapping):
        return list(a) == list(b) and all(_equal(a[key], b[key]) for key in a)
    return bool(a == b)
