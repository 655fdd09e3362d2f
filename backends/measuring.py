"""Measurement of the rounding error of a target's operations, of subnormals and of fused steps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from backends.protocol import Engine
from backends.updating import updater
from reference.arrays import Bools, Floats, Ints
from reference.expected import Expected, expected
from reference.operations import Operation
from reference.spec import Array

SHARE = 4  # every fourth argument of a regime is also measured one at a time


@dataclass(frozen=True)
class Measured:
    """The errors of an operation in one regime of arguments.

    Attributes
    ----------
    operation
        A name of `reference.operations.OPERATIONS`.
    regime
        "ordinary", "huge", "tiny" or "subnormal".
    at_once
        "many" for arrays, "one" for a number, a vector or a matrix at a time.
    results
        The number of results.
    misrounded
        The fraction of results that are not correctly rounded.
    flushed
        The fraction of results in which a subnormal number was flushed to zero or to another
        number of at most the smallest normal size.
    error
        The largest error of the other results, in units of `Expected.unit`; infinite for a result
        that is not finite and should be.
    allowed
        The error that the rounding model allows, in the same units.
    index, arguments, got, nearest
        The worst result: its index among the fixed arguments, the arguments if they are numbers,
        the result, and the correctly rounded one.
    """

    operation: str
    regime: str
    at_once: str
    results: int
    misrounded: float
    flushed: float
    error: float
    allowed: float
    index: int
    arguments: tuple[float, ...]
    got: float
    nearest: float

    @property
    def exceeds(self) -> bool:
        """Whether the error exceeds the one allowed."""
        return self.error > self.allowed

    def __str__(self) -> str:
        """Describe the worst result in a sentence."""
        numbers = ", ".join(f"{a!r}" for a in self.arguments)
        where = f"({numbers})" if numbers else f", number {self.index} of its fixed arguments,"
        return (
            f"{self.operation}{where} gave {self.got!r}: {self.error:.3g} units in the last place "
            f"off, {self.allowed:.3g} allowed; correctly rounded {self.nearest!r} "
            f"({self.regime}, {self.at_once} at once)"
        )


@dataclass(frozen=True)
class Kept:
    """Whether subnormal arguments and results are kept rather than flushed to zero."""

    arguments: bool
    results: bool


def rows(engine: Engine[Array], operation: Operation, dtype: str) -> Iterator[Measured]:
    """Measure an operation on arrays, and on one number, vector or matrix at a time.

    Yields a `Measured` for each regime, of arrays first.
    """
    known = expected(operation.name, dtype)
    flush = _flushing(engine, operation, known, dtype)
    for at_once, compute, divisor in (("many", _together, 1), ("one", _one_by_one, SHARE)):
        index = {r: np.arange(s.start, s.stop)[::divisor] for r, s in known.regimes.items()}
        chosen = np.concatenate(list(index.values()))
        got = np.full_like(known.nearest, np.nan)
        got[chosen] = compute(engine, operation, tuple(a[chosen] for a in known.arguments))
        flushed = flush(got)
        for regime, of in index.items():
            yield _row(operation, (regime, at_once), known, of, got[of], flushed[of])


def _together(engine: Engine[Array], operation: Operation, arguments: tuple[Floats, ...]) -> Floats:
    found = operation.formula(engine.xp, *map(engine.array, arguments))
    return np.asarray(engine.numpy(found), dtype=np.float64)


def _one_by_one(
    engine: Engine[Array], operation: Operation, arguments: tuple[Floats, ...]
) -> Floats:
    each = zip(*map(engine.array, arguments), strict=True)
    found = [operation.formula(engine.xp, *one) for one in each]
    return np.array([engine.numpy(one) for one in found], dtype=np.float64)


def _flushing(
    engine: Engine[Array], operation: Operation, known: Expected, dtype: str
) -> Callable[[Floats], Bools]:
    """Return a function from results to a mask of those in which a subnormal number was flushed.

    A result counts as flushed to zero if it is zero and should be subnormal, or if it equals the
    result for zero in place of a subnormal argument. If its error is larger than allowed, it also
    counts if it is at most the smallest normal number and should be subnormal, or lies between the
    results for zero and for the smallest normal number in place of a subnormal argument.
    """
    tiny = float(np.finfo(dtype).tiny)
    if not operation.elementwise:
        return lambda got: np.zeros(got.shape, dtype=bool)
    small = [np.abs(a) < tiny for a in known.arguments]
    small_argument, small_result = np.any(small, axis=0), np.abs(known.nearest) < tiny

    def replaced(*numbers: Floats) -> Floats:
        return _together(engine, operation, tuple(map(np.where, small, numbers, known.arguments)))

    zero = replaced(*(0 * a for a in known.arguments))
    normal = replaced(*(np.copysign(tiny, a) for a in known.arguments))
    least, most = np.fmin(zero, normal), np.fmax(zero, normal)

    def flushed(got: Floats) -> Bools:
        like_zero = (got == zero) | (np.isnan(got) & np.isnan(zero))
        as_zero = small_result & (got == 0) | small_argument & like_zero
        between = (least <= got) & (got <= most)
        as_small = small_result & (np.abs(got) <= tiny) | small_argument & between
        exceeds = known.errors(got) > known.allowed
        return np.asarray((got != known.nearest) & (as_zero | exceeds & as_small))

    return flushed


def _row(
    operation: Operation,
    where: tuple[str, str],
    known: Expected,
    index: Ints,
    got: Floats,
    flushed: Bools,
) -> Measured:
    """Summarise the results of the arguments ``index``.

    The worst result is the one of the largest error, or if any exceeds what is allowed, the one of
    the largest ratio to it.
    """
    errors = np.where(flushed, 0, known.errors(got, index))
    allowed, nearest = known.allowed[index], known.nearest[index]
    exceeds = (errors > allowed).any()
    worst = np.unravel_index(np.argmax(errors / allowed if exceeds else errors), errors.shape)
    first = int(index[worst[0]])
    arguments = [float(a[first]) for a in known.arguments] if operation.elementwise else []
    return Measured(
        operation.name,
        *where,
        results=errors.size,
        misrounded=float((got != nearest).mean()),
        flushed=float(flushed.mean()),
        error=float(errors[worst]),
        allowed=float(allowed[worst]),
        index=first,
        arguments=tuple(arguments),
        got=float(got[worst]),
        nearest=float(nearest[worst]),
    )


def kept(engine: Engine[Array], n: int, dtype: str) -> Kept:
    """Test products with a subnormal argument, and products with a subnormal result."""
    f = np.finfo(dtype)

    def survives(a: float, b: float) -> bool:
        found = engine.numpy(engine.array(np.full(n, a)) * engine.array(np.full(n, b)))
        return bool((found != 0).all())

    large = float(1 / f.eps) ** 2
    return Kept(survives(float(f.smallest_subnormal), large), survives(float(f.tiny), 0.5))


def fuses(target: str, dtype: str, n: int) -> bool | None:
    """Whether a step x - lr g of gradient descent is a fused multiply-add; None if neither.

    x is the rounded product lr g. Two roundings give zero, a fused step the product's rounding
    error.
    """
    half = (np.finfo(dtype).nmant + 2) // 2
    factor = 1 + 2.0**-half
    rounded = 1 + 2.0 ** (1 - half)
    update = updater("gd", target, dtype, lr=factor)
    state = update.step(update.init(np.full(n, rounded)), update.put(np.full(n, factor)))
    update.wait(state)
    left = np.unique(update.get(state))
    if len(left) > 1:
        return None
    return {0.0: False, -(2.0 ** (-2 * half)): True}.get(float(left[0]))
