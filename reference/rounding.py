"""Arithmetic with a random rounding error in every operation, as large as a precision makes it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from reference.spec import Array

EXACT = {np.absolute, np.negative, np.sign, np.maximum, np.minimum}
ROUNDED_CORRECTLY = {np.add, np.subtract, np.multiply, np.divide, np.square, np.sqrt}

DRAWN = 4096  # errors drawn at once


class Perturbed(np.ndarray[Any, np.dtype[np.float64]]):
    """A float64 array each of whose operations errs at random, uniformly.

    The error is at most half a unit in the last place for the operations that IEEE 754 rounds
    correctly, and two for the elementary functions, whose libraries promise no better. A sum of n
    terms errs like sqrt(n) such errors: the order of summation is each library's own. Below the
    smallest normal number, which a library may take for zero, a result errs by that much.
    """

    rounding: "Rounding"  # of the class: each `Rounding` has its own

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        options.pop("out", None)
        rounding = self.rounding
        raw = [i.view(np.ndarray) if isinstance(i, Perturbed) else i for i in inputs]
        result = np.asarray(getattr(ufunc, method)(*raw, **options))
        if result.dtype != np.float64:
            return result
        if method == "reduce":
            size = ufunc.reduce(np.abs(raw[0]), **options)
            terms = raw[0].size / max(result.size, 1)
            return rounding.perturb(result, terms**0.5 / 2, size)
        if ufunc in EXACT:
            return rounding.absorb(result)
        return rounding.perturb(result, 0.5 if ufunc in ROUNDED_CORRECTLY else 2.0)


class Rounding:
    """numpy's functions over `Perturbed` arrays.

    Parameters
    ----------
    dtype
        The precision to imitate.
    seed
        Of the errors.
    """

    def __init__(self, dtype: str, seed: int) -> None:
        self.unit = float(np.finfo(dtype).eps)
        self.tiny = float(np.finfo(dtype).tiny)
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self.linalg = self
        self.array: type[Perturbed] = type("Perturbed", (Perturbed,), {"rounding": self})
        self.drawn = np.empty(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def stack(self, arrays: Sequence[Array], axis: int = 0) -> Perturbed:
        return self.absorb(np.stack(arrays, axis))

    def absorb(self, result: Array) -> Perturbed:
        return np.asarray(result).view(self.array)

    def errors(self, shape: tuple[int, ...]) -> Array:
        """Draw numbers uniform on [-1, 1], many at a time: one by one they cost the most."""
        size = math.prod(shape)
        if len(self.drawn) < size:
            self.drawn = self.rng.uniform(-1, 1, DRAWN + size)
        taken, self.drawn = self.drawn[:size], self.drawn[size:]
        return taken.reshape(shape)

    def perturb(self, value: Array, ulps: float = 0.5, size: Array | None = None) -> Perturbed:
        """Add an error of up to ``ulps`` units in the last place of ``size``, or of ``value``."""
        plain = np.asarray(value, dtype=np.float64)
        largest = abs(plain if size is None else size) * (ulps * self.unit) + self.tiny
        return self.absorb(plain + largest * self.errors(plain.shape))

    def convert(self, value: Any, dtype: str) -> Any:
        """Bring in a float or an array: exactly where ``dtype`` holds it, else with an error."""
        if not isinstance(value, (float, np.ndarray)):
            return value
        plain = np.asarray(value, dtype=np.float64)
        held = plain.astype(dtype).astype(np.float64) == plain
        return self.absorb(np.where(held, plain, self.perturb(plain)))

    def blurred(self, y: Array, tolerance: float) -> Array:
        """Add an absolute error of up to ``tolerance``."""
        return y + self.rng.uniform(-tolerance, tolerance, y.shape)

    def solve(self, matrix: Array, column: Array) -> Array:
        return self.perturb(np.linalg.solve(self.perturb(matrix), self.perturb(column)))

    def inv(self, matrix: Array) -> Array:
        return self.perturb(np.linalg.inv(self.perturb(matrix)))

    def eigh(self, matrix: Array) -> tuple[Array, Array]:
        values, vectors = np.linalg.eigh(np.asarray(self.perturb(matrix)))
        return self.perturb(values), self.perturb(vectors)
