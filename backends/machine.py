"""The arithmetic of this machine: how far each function and operation of a target is off."""

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

MANY = 2**18  # numbers, so many that torch takes a compiled pass
PARAMETERS = {"few": 4, "many": MANY}
ARRAYS = {"one": 1, "many": MANY}


@dataclass(frozen=True)
class Arithmetic:
    """What `arithmetic` measured.

    Attributes
    ----------
    target, dtype
        Of what.
    measured
        A row for each operation, regime, and one or many at once.
    fused
        Whether gradient descent rounds its multiplication and subtraction once, for "few"
        parameters and for "many"; None where the result is neither.
    subnormals
        Whether they are kept in an array of "one" number, and in one of "many".
    """

    target: str
    dtype: str
    measured: tuple[Measured, ...]
    fused: Mapping[str, bool | None]
    subnormals: Mapping[str, Kept]

    def exceeding(self) -> list[Measured]:
        """The rows whose error is more than the rounding model allows."""
        return [row for row in self.measured if row.exceeds]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON has it; what is not finite as "inf", "-inf" or "nan"."""
        found: dict[str, Any] = _plain(asdict(self))
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


def arithmetic(target: str, dtype: str) -> Arithmetic:
    """Measure the arithmetic of a target, on fixed arguments and against 50 digits.

    It takes a few seconds. The exact results are computed once in a process.

    Parameters
    ----------
    target
        One of `backends.TARGETS`, such as "torch:cpu".
    dtype
        "float32" or "float64".

    Raises
    ------
    reference.Unknown
        What is no target or no dtype.
    Unsupported
        A target that cannot run here, with the reason.

    Examples
    --------
    >>> for row in arithmetic("numpy:cpu", "float32").exceeding():
    ...     print(row)
    """
    there = engine(target, choose("dtype", dtype, DTYPES))
    with there.scope():
        tried = (measuring.rows(there, operation, dtype) for operation in OPERATIONS.values())
        measured = tuple(row for rows in tried for row in rows)
        kept = {words: measuring.kept(there, n, dtype) for words, n in ARRAYS.items()}
    fused = {words: measuring.fuses(target, dtype, n) for words, n in PARAMETERS.items()}
    return Arithmetic(target, dtype, measured, fused, kept)
