"""The accuracy of a target's arithmetic on this machine: the error of each operation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from backends import measuring
from backends.measuring import Kept, Measured
from backends.targets import engine
from reference import DTYPES
from reference.errors import choose
from reference.operations import OPERATIONS

MANY = 2**18  # numbers, enough for torch's updates to be compiled
PARAMETERS = {"few": 4, "many": MANY}
ARRAYS = {"one": 1, "many": MANY}


@dataclass(frozen=True)
class Arithmetic:
    """The result of `arithmetic`.

    Attributes
    ----------
    target, dtype
        The target and dtype measured.
    measured
        A row for each operation, regime, and one or many at once.
    fused
        Whether gradient descent uses a fused multiply-add, for "few" parameters and for "many";
        None where the result is neither the fused nor the twice rounded one.
    subnormals
        Whether subnormal numbers are kept, in an array of "one" number and of "many".
    """

    target: str
    dtype: str
    measured: tuple[Measured, ...]
    fused: Mapping[str, bool | None]
    subnormals: Mapping[str, Kept]

    def exceeding(self) -> list[Measured]:
        """Return the rows whose error exceeds what the rounding model allows."""
        return [row for row in self.measured if row.exceeds]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON types; numbers that are not finite as "inf", "-inf", "nan"."""
        found: dict[str, Any] = _plain(asdict(self))
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


def arithmetic(target: str, dtype: str) -> Arithmetic:
    """Measure the rounding errors of a target's operations on fixed arguments.

    It takes a few seconds. The exact results, from 50 digits, are cached.

    Parameters
    ----------
    target
        One of `backends.TARGETS`, such as "torch:cpu".
    dtype
        "float32" or "float64".

    Raises
    ------
    reference.Unknown
        If the target or dtype does not exist.
    Unsupported
        If the target cannot run here; the message gives the reason.

    Examples
    --------
    >>> for row in arithmetic("numpy:cpu", "float32").exceeding():
    ...     print(row)
    """
    engine_ = engine(target, choose("dtype", dtype, DTYPES))
    with engine_.scope():
        tables = (measuring.rows(engine_, operation, dtype) for operation in OPERATIONS.values())
        measured = tuple(row for rows in tables for row in rows)
        kept = {label: measuring.kept(engine_, n, dtype) for label, n in ARRAYS.items()}
    fused = {label: measuring.fuses(target, dtype, n) for label, n in PARAMETERS.items()}
    return Arithmetic(target, dtype, measured, fused, kept)
