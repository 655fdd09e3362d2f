"""The rounding model: arithmetic with a random error in every operation, as large as `ALLOWED` has.

In half of the runs all errors are independent; they accumulate with the square root of the number
of steps. In the other half each function has one fixed error, as where the same numbers are
added again and again; these accumulate with the number of steps.

Sums, means and products err relative to the size of their terms, so cancellation may leave nothing
but error. Python scalars (hyperparameters, step counts, literals) are exact until an operation
combines them with an array. They are rounded there, in one run always to the same number. An array
of objects holds such a scalar of each run.

A format of 16 bits is computed in float32, and each result rounded once more; scalars round to
float32. So the error of an operation is half a unit, and a coefficient is not one of 16 bits.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from reference.allowances import ALLOWED, accumulated
from reference.namespace import Guarded, MissingFunction, Namespace, plain
from reference.precision import PRECISIONS
from reference.spec import Array

DRAWN = 4096  # errors drawn at once, to spare calls of the generator
WITHOUT_ERROR = {"isfinite", "isnan", "logical_and", "logical_or", "logical_not", "signbit"}
WITHOUT_ERROR |= {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}


class Perturbed(Guarded):
    """A float64 array whose operations have random errors, uniform up to `ALLOWED`.

    A sum of n terms errs by about sqrt(n) roundings of the size of its terms, since the order of
    summation is up to the library. A subnormal result may be flushed to zero.
    """

    rounding: "Rounding"  # a class attribute: each `Rounding` makes its own subclass

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        options.pop("out", None)
        arrays = [i for i in inputs if isinstance(i, np.ndarray)]
        if all(i.dtype.kind == "O" for i in arrays):
            return self.rounding.wrap(getattr(ufunc, method)(*plain(inputs), **options))
        shape = max((i.shape for i in arrays), key=len)
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
    """The array functions that a problem may use, over `Perturbed` arrays.

    Parameters
    ----------
    dtype
        The precision to simulate, one of `PRECISIONS`.
    seed
        The seed of the errors. In a single run it also decides whether each function's error is
        fixed (seed % 2 == 0) and subnormal numbers are flushed (seed // 2 % 2 == 0).
    samples
        The number of vectorised runs, the first axis of arrays that have one of that length. None
        for a single run, whose arrays have no such axis.
    """

    title = "the rounding model"
    exp, log, sqrt, logaddexp = map(_elementwise, ("exp", "log", "sqrt", "logaddexp"))
    sin, cos, tanh = map(_elementwise, ("sin", "cos", "tanh"))
    sinh, cosh = map(_elementwise, ("sinh", "cosh"))
    abs, absolute, sign = map(_elementwise, ("absolute", "absolute", "sign"))
    maximum, minimum = map(_elementwise, ("maximum", "minimum"))

    def __init__(self, dtype: str, seed: int, samples: int | None = None) -> None:
        self.dtype = dtype
        self.precision = PRECISIONS[dtype]
        self.wide = PRECISIONS[self.precision.wide]
        self.samples = samples
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self.linalg = LinearAlgebra(self)
        self.array: type[Perturbed] = type("Perturbed", (Perturbed,), {"rounding": self})
        kinds = np.array([seed]) if samples is None else np.arange(samples)
        self.steady = kinds % 2 == 0
        self.flushes = (kinds // 2 % 2 == 0) & self.precision.flushed
        self.has_steady, self.has_flushes = self.steady.any(), self.flushes.any()
        self.ways: dict[str, Array] = {}  # by function: its fixed error in each run
        self.drawn = np.empty(0)
        self.rounded: dict[Any, Any] = {}

    def wrap(self, result: Any) -> Perturbed:
        return np.asarray(result).view(self.array)

    def errors(self, shape: tuple[int, ...], function: str = "") -> Array:
        """Draw errors uniform on [-1, 1]; in steady runs return the function's fixed error."""
        if not function or not self.has_steady:
            return self._draw(shape)
        if function not in self.ways:
            self.ways[function] = self.rng.uniform(-1, 1, len(self.steady))
        fixed = self._per_sample(self.ways[function], shape)
        if self.samples is None:
            return fixed
        return np.where(self._per_sample(self.steady, shape), fixed, self._draw(shape))

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

        A subnormal result errs by up to itself, and is flushed to zero in half of the runs; in
        float16 it is rounded. An exact zero stays zero. What overflows in the dtype is infinite.
        """
        exact = np.asarray(plain(value), dtype=np.float64)
        scale, precision = np.abs(exact if size is None else size), self.precision
        relative = scale * (ulps * precision.eps)
        largest = np.minimum(scale, relative + precision.lost)  # no result changes its sign
        error = largest * self.errors(exact.shape, function)
        if self.dtype == "float64":  # the sum below rounds to float64: add half an ulp for it
            error = error + np.spacing(exact) / 2 * self.errors(exact.shape)
        return self.wrap(self._within_range(exact + error))

    def _within_range(self, result: Array) -> Array:
        """Flush subnormal numbers to zero in the runs that do, and let what is too large overflow.

        Hardly any array has such numbers, so they are looked for first.
        """
        size, precision = np.abs(result), self.precision
        subnormal = size < precision.tiny
        if self.has_flushes and subnormal.any():
            small = self._per_sample(self.flushes, result.shape) & subnormal
            result = np.where(small, 0.0, result)
        if self.dtype != "float64":  # float64 arrays overflow without help
            beyond = size > precision.largest
            if beyond.any():
                result = np.where(beyond, np.copysign(np.inf, result), result)
        return result

    def _per_sample(self, values: Array, shape: tuple[int, ...]) -> Any:
        """Reshape ``values`` (samples,) to broadcast along the first axis of ``shape``.

        Return the first of them if ``shape`` has no axis of samples.
        """
        sampled = self.samples is not None and shape[:1] == (self.samples,)
        return values.reshape(-1, *(1,) * (len(shape) - 1)) if sampled else values[0]

    def operand(self, value: Any, shape: tuple[int, ...]) -> Any:
        """Return the plain array or rounded scalar of an operand, for arrays of this shape."""
        if isinstance(value, np.ndarray):
            return self._rounded_scalars(plain(value)) if value.dtype.kind == "O" else plain(value)
        found = self.rounded.get(value)
        if found is None:
            found = self.rounded[value] = self._rounded_scalar(value)
        if self.samples is None or isinstance(found, float):
            return found
        return self._per_sample(found, shape)

    def _rounded_scalar(self, value: Any) -> Any:
        """Round a Python scalar to the wide format: one number per sample, a float if exact."""
        exact = float(value)
        if value == float(self.wide.nearest(exact)):
            return exact
        rounded = exact * (1 + self.errors((self.samples or 1,)) * self.wide.eps / 2)
        return rounded if self.samples else float(rounded[0])

    def _rounded_scalars(self, values: Array) -> Array:
        """Round an array of Python scalars, one of each run, to the wide format."""
        exact = values.astype(np.float64)
        representable = values == self.wide.nearest(exact)
        errors = self.errors(exact.shape) * self.wide.eps / 2
        return np.where(representable, exact, exact * (1 + errors))

    def apply(self, ufunc: Any, method: str, operands: Sequence[Any], options: Any) -> Any:
        """Compute a ufunc's result with a random error of up to `ALLOWED`.

        In a format of 16 bits, notes in ``overflowed`` if it is not finite. Raises
        `MissingFunction` if it has no entry.
        """
        result = self._applied(ufunc, method, operands, options)
        if self.precision is not self.wide and not np.isfinite(plain(result)).all():
            self.overflowed = True
        return result

    def _applied(self, ufunc: Any, method: str, operands: Sequence[Any], options: Any) -> Any:
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
        ulps = self._ulps(ALLOWED[name].ulps)
        size = abs(np.maximum(*operands)) + abs(result) if name == "logaddexp" else None
        return self.perturb(result, ulps, size, name) if ulps else self.wrap(result)

    def _ulps(self, allowed: float) -> float:
        """Return an error in ulps of the wide format in those of the dtype, its rounding added."""
        if self.wide is self.precision or not allowed:
            return allowed
        return 0.5 + allowed * self.wide.eps / self.precision.eps

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
        """Convert a float or array, with a rounding error where the dtype cannot represent it."""
        if not isinstance(value, (float, np.ndarray)):
            return value
        exact = np.asarray(value, dtype=np.float64)
        representable = self.precision.nearest(exact) == exact
        if representable.all():
            return self.wrap(exact)
        return self.wrap(np.where(representable, exact, plain(self.perturb(exact))))

    def spread(self, x: Array) -> Array:
        """Convert ``x``, (d,), to (samples, d) with independent errors; (d,) in a single run."""
        shape = x.shape if self.samples is None else (self.samples, *x.shape)
        return self.convert(np.broadcast_to(x, shape))

    def single(self, y: Array) -> Array:
        """Add the error of a step taken in float32: its three roundings and that of ``y``."""
        if self.dtype == "float32":
            return y
        return self.perturb(y, 2 * PRECISIONS["float32"].eps / self.precision.eps)

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
    """solve, inv and eigh by LAPACK, of a perturbed matrix.

    This simulates the backward error of elimination, of the size in `ALLOWED`.
    """

    title = "linalg of the rounding model"

    def __init__(self, rounding: Rounding) -> None:
        self.rounding = rounding

    def wrap(self, result: Any) -> Perturbed:
        return self.rounding.wrap(result)

    def solve(self, matrix: Array, column: Array) -> Array:
        perturb = self.rounding.perturb
        return perturb(np.linalg.solve(self._perturbed(matrix), plain(perturb(column))))

    def inv(self, matrix: Array) -> Array:
        return self.rounding.perturb(np.linalg.inv(self._perturbed(matrix)))

    def eigh(self, matrix: Array) -> tuple[Array, Array]:
        values, vectors = np.linalg.eigh(self._perturbed(matrix))
        return self.rounding.perturb(values), self.rounding.perturb(vectors)

    def _perturbed(self, matrix: Array) -> Array:
        return plain(self.rounding.perturb(matrix, ALLOWED["solve"].ulps))
