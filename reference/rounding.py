"""Arithmetic with a random rounding error in every operation, as large as `ALLOWED` says it may be.

In half of the runs each error is independent of all others. In the other half a function errs the
same way whenever it is called, as where the same numbers are added again and again: such errors
add up with the number of steps, the others with its square root.

Sums, means and products err by the size of their terms, not of their result: where terms cancel,
what is left may be all error. Host numbers (hyperparameters, the step's number, literals) are exact
until they meet an array, and round there, the same way each time in one run.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from reference.allowances import ALLOWED, accumulated
from reference.namespace import Guarded, MissingFunction, Namespace, plain
from reference.spec import Array

DRAWN = 4096  # errors drawn at once: one by one they cost the most
WITHOUT_ERROR = {"isfinite", "isnan", "logical_and", "logical_or", "logical_not", "signbit"}
WITHOUT_ERROR |= {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}


class Perturbed(Guarded):
    """A float64 array each of whose operations errs at random, uniformly.

    By how much at most stands in `reference.allowances.ALLOWED`. A sum of n terms errs like sqrt(n)
    roundings of its terms' size: the order of summation is each library's own. A result below the
    smallest normal number may be taken for zero.
    """

    rounding: "Rounding"  # of the class: each `Rounding` has its own

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        options.pop("out", None)
        shape = max((i.shape for i in inputs if isinstance(i, np.ndarray)), key=len)
        operands = [self.rounding.operand(value, shape) for value in inputs]
        return self.rounding.apply(ufunc, method, operands, options)

    def dot(self, other: Array, /, out: None = None) -> Any:  # type: ignore[override]
        return self.rounding.dot(self, other)


def _elementwise(name: str) -> Any:
    ufunc = getattr(np, name)

    def function(self: "Rounding", *operands: Array) -> Array:
        return ufunc(*operands)

    return function


class Rounding(Namespace):
    """The functions that a problem may use, over `Perturbed` arrays.

    Parameters
    ----------
    dtype
        The precision to imitate.
    seed
        Of the errors. Of single runs, every second takes functions to err the same way each time,
        and two of four take subnormal numbers for zero.
    samples
        How many runs share the arrays: their first axis, where an array has one of that length.
        None for a single run, whose arrays have no such axis.
    """

    title = "the rounding model"
    exp, log, sqrt, logaddexp = map(_elementwise, ("exp", "log", "sqrt", "logaddexp"))
    sin, cos, tanh = map(_elementwise, ("sin", "cos", "tanh"))
    sinh, cosh = map(_elementwise, ("sinh", "cosh"))
    abs, absolute, sign = map(_elementwise, ("absolute", "absolute", "sign"))
    maximum, minimum = map(_elementwise, ("maximum", "minimum"))

    def __init__(self, dtype: str, seed: int, samples: int | None = None) -> None:
        self.dtype = dtype
        self.unit = float(np.finfo(dtype).eps)
        self.tiny = float(np.finfo(dtype).tiny)
        self.largest = float(np.finfo(dtype).max)
        self.samples = samples
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self.linalg = LinearAlgebra(self)
        self.array: type[Perturbed] = type("Perturbed", (Perturbed,), {"rounding": self})
        kinds = np.array([seed]) if samples is None else np.arange(samples)
        self.steady, self.flushes = kinds % 2 == 0, kinds // 2 % 2 == 0
        self.ways: dict[str, Array] = {}  # by function: how it errs in each run, if steadily
        self.drawn = np.empty(0)
        self.rounded: dict[Any, Any] = {}

    def wrap(self, result: Any) -> Perturbed:
        return np.asarray(result).view(self.array)

    def errors(self, shape: tuple[int, ...], function: str = "") -> Array:
        """Draw numbers uniform on [-1, 1], those of a function again where it errs steadily."""
        if not function or not self.steady.any():
            return self._draw(shape)
        if function not in self.ways:
            self.ways[function] = self.rng.uniform(-1, 1, len(self.steady))
        way = self._each(self.ways[function], shape)
        if self.samples is None:
            return way
        return np.where(self._each(self.steady, shape), way, self._draw(shape))

    def _draw(self, shape: tuple[int, ...]) -> Array:
        size = math.prod(shape)
        if len(self.drawn) < size:
            self.drawn = self.rng.uniform(-1, 1, DRAWN + size)
        taken, self.drawn = self.drawn[:size].reshape(shape), self.drawn[size:]
        return taken

    def perturb(
        self, value: Any, ulps: float = 0.5, size: Any = None, function: str = ""
    ) -> Perturbed:
        """Add an error of up to ``ulps`` units in the last place of ``size``, or of ``value``.

        What is subnormal may become zero, and does so always in half of the runs; what is exactly
        zero is so in every arithmetic. What is beyond the dtype's largest number is infinite.
        """
        exact = np.asarray(plain(value), dtype=np.float64)
        scale = abs(exact if size is None else size)
        largest = scale * (ulps * self.unit) + np.minimum(scale, self.tiny)
        error = largest * self.errors(exact.shape, function)
        if self.dtype == "float64":  # which would round most of such an error away
            error = error + np.spacing(exact) / 2 * self.errors(exact.shape)
        result = exact + error
        if self.flushes.any():
            small = self._each(self.flushes, result.shape) & (abs(result) < self.tiny)
            result = np.where(small, 0.0, result)
        if self.dtype != "float64":  # which overflows by itself
            result = np.where(abs(result) > self.largest, np.copysign(np.inf, result), result)
        return self.wrap(result)

    def _each(self, values: Array, shape: tuple[int, ...]) -> Any:
        """One of ``values`` for each sample, to go with an array of this shape; else the first."""
        each = self.samples is not None and shape[:1] == (self.samples,)
        return values.reshape(-1, *(1,) * (len(shape) - 1)) if each else values[0]

    def operand(self, value: Any, shape: tuple[int, ...]) -> Any:
        """What an operation on arrays of this shape takes for ``value``: arrays are plain."""
        if isinstance(value, np.ndarray):
            return plain(value)
        if value not in self.rounded:
            self.rounded[value] = self._met(value)
        found = self.rounded[value]
        if self.samples is None or isinstance(found, float):
            return found
        return self._each(found, shape)

    def _met(self, value: Any) -> Any:
        """A host number as it is when it has met an array: one for each sample, if rounded."""
        exact = float(value)
        if value == float(np.array(exact, self.dtype)):  # or numpy would compare in the dtype
            return exact
        rounded = exact * (1 + self.errors((self.samples or 1,)) * self.unit / 2)
        return rounded if self.samples else float(rounded[0])

    def apply(self, ufunc: Any, method: str, operands: Sequence[Any], options: Any) -> Any:
        """Compute a ufunc's result with an error as large as it is allowed."""
        name = ufunc.__name__
        if name in ALLOWED and ALLOWED[name].argument:
            argument = ALLOWED[name].argument
            operands = [plain(self.perturb(a, argument, function=name)) for a in operands]
        result = getattr(ufunc, method)(*operands, **options)
        if name in WITHOUT_ERROR or result.dtype.kind != "f":
            return self.wrap(result)
        if method == "reduce":
            return self._reduced(ufunc, result, operands, options)
        if name == "matmul":
            size = ufunc(*map(np.abs, operands), **options)
            return self.perturb(result, accumulated(operands[0].shape[-1]), size, "sum")
        if name not in ALLOWED:
            raise MissingFunction(f"function of {self.title}", name, (*ALLOWED, *WITHOUT_ERROR))
        ulps = ALLOWED[name].ulps
        size = abs(np.maximum(*operands)) + abs(result) if name == "logaddexp" else None
        return self.perturb(result, ulps, size, name) if ulps else self.wrap(result)

    def _reduced(self, ufunc: Any, result: Any, operands: Sequence[Any], options: Any) -> Any:
        if ufunc in (np.maximum, np.minimum):
            return self.wrap(result)
        if ufunc is not np.add:
            known = ("add", "maximum", "minimum")
            raise MissingFunction(f"reduction of {self.title}", ufunc.__name__, known)
        terms = operands[0].size // max(result.size, 1)
        size = np.add.reduce(np.abs(operands[0]), *operands[1:], **options)
        return self.perturb(result, accumulated(max(1, terms - 1)), size, "sum")

    def convert(self, value: Any) -> Any:
        """Bring in a float or an array: exactly where the dtype holds it, else with an error."""
        if not isinstance(value, (float, np.ndarray)):
            return value
        exact = np.asarray(value, dtype=np.float64)
        held = exact.astype(self.dtype).astype(np.float64) == exact
        return self.wrap(np.where(held, exact, plain(self.perturb(exact))))

    def spread(self, x: Array) -> Array:
        """Give each of the samples its own ``x``, with its own error where the dtype rounds it."""
        shape = x.shape if self.samples is None else (self.samples, *x.shape)
        return self.convert(np.broadcast_to(x, shape))

    def single(self, y: Array) -> Array:
        """Round to float32, for a step that is taken in it: its own three roundings, and those."""
        if self.dtype == "float32":
            return y
        return self.perturb(y, 2 * float(np.finfo(np.float32).eps) / self.unit)

    def blurred(self, y: Array, tolerance: float) -> Array:
        """Add an absolute error of up to ``tolerance``."""
        return y + self.wrap(self.errors(y.shape) * tolerance)

    def sum(self, x: Array, axis: Any = None) -> Array:
        return np.add.reduce(x, axis=axis)

    def mean(self, x: Array, axis: Any = None) -> Array:
        total = self.sum(x, axis)
        return total / (x.size / total.size)

    def dot(self, a: Array, b: Array) -> Array:
        return self._product(np.dot, a, b)

    def einsum(self, subscripts: str, *arrays: Array) -> Array:
        return self._product(lambda *plain: np.einsum(subscripts, *plain), *arrays)

    def matmul(self, a: Array, b: Array) -> Array:
        return np.matmul(a, b)

    def _product(self, function: Callable[..., Any], *arrays: Array) -> Array:
        operands = plain(arrays)
        result, size = function(*operands), function(*map(np.abs, operands))
        terms = max(1, operands[0].size * operands[-1].size // max(np.size(result), 1))
        return self.perturb(result, accumulated(terms), size, "sum")

    def isfinite(self, x: Array) -> Any:
        return np.isfinite(plain(x))


class LinearAlgebra(Namespace):
    """solve, inv and eigh: LAPACK's, of a matrix each of whose entries is some roundings off.

    That is how far elimination errs: as if its data had been others, by as much as `ALLOWED` says.
    """

    title = "linalg of the rounding model"

    def __init__(self, rounding: Rounding) -> None:
        self.rounding = rounding

    def wrap(self, result: Any) -> Perturbed:
        return self.rounding.wrap(result)

    def solve(self, matrix: Array, column: Array) -> Array:
        off = self.rounding.perturb
        return off(np.linalg.solve(self._other(matrix), plain(off(column))))

    def inv(self, matrix: Array) -> Array:
        return self.rounding.perturb(np.linalg.inv(self._other(matrix)))

    def eigh(self, matrix: Array) -> tuple[Array, Array]:
        values, vectors = np.linalg.eigh(self._other(matrix))
        return self.rounding.perturb(values), self.rounding.perturb(vectors)

    def _other(self, matrix: Array) -> Array:
        return plain(self.rounding.perturb(matrix, ALLOWED["solve"].ulps))
