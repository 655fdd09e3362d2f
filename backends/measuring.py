"""How far the functions and operations of a target are off: one operation after another tried."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from backends.protocol import Engine
from backends.updating import updater
from reference.expected import Expected, expected
from reference.nearest import Float64
from reference.operations import Operation

Bools = np.ndarray[Any, np.dtype[np.bool_]]

SHARE = 4  # of so many arguments of a regime one is also taken alone


@dataclass(frozen=True)
class Measured:
    """An operation's results in one regime of arguments.

    Attributes
    ----------
    operation
        A name of `reference.operations.OPERATIONS`.
    regime
        "ordinary", "huge", "tiny" or "subnormal".
    at_once
        "many" for arrays, "one" for a number, a vector or a matrix at a time.
    results
        How many there were.
    misrounded
        The share that is not the correctly rounded result.
    flushed
        The share in which a subnormal number was taken for zero, or for another as small.
    error
        The largest error of the others, in units in the last place of the exact result, or, where
        it adds terms, of their size; infinite for what should be finite and is not.
    allowed
        How many of these units the rounding model allows.
    index, arguments, got, nearest
        The result that is the most off: its place among the fixed arguments, these if they are
        numbers, what it came to, and the correctly rounded result.
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
        """Whether the error is more than is allowed."""
        return self.error > self.allowed

    def __str__(self) -> str:
        """The operation and its worst result in a sentence."""
        numbers = ", ".join(f"{a!r}" for a in self.arguments)
        where = f"({numbers})" if numbers else f", number {self.index} of its fixed arguments,"
        return (
            f"{self.operation}{where} gave {self.got!r}: {self.error:.3g} units in the last place "
            f"off, {self.allowed:.3g} allowed; correctly rounded {self.nearest!r} "
            f"({self.regime}, {self.at_once} at once)"
        )


@dataclass(frozen=True)
class Kept:
    """Whether subnormal numbers are kept, or taken for zero, as arguments and as results."""

    arguments: bool
    results: bool


def rows(there: Engine, operation: Operation, dtype: str) -> Iterator[Measured]:
    """Try an operation on arrays, and on one number, vector or matrix at a time."""
    known = expected(operation.name, dtype)
    flush = _flushing(there, operation, known, dtype)
    for at_once, compute, divisor in (("many", _together, 1), ("one", _one_by_one, SHARE)):
        index = {r: np.arange(s.start, s.stop)[::divisor] for r, s in known.regimes.items()}
        chosen = np.concatenate(list(index.values()))
        got = np.full_like(known.nearest, np.nan)
        got[chosen] = compute(there, operation, tuple(a[chosen] for a in known.arguments))
        flushed = flush(got)
        for regime, of in index.items():
            yield _row(operation, (regime, at_once), known, of, got[of], flushed[of])


def _together(there: Engine, operation: Operation, arguments: tuple[Float64, ...]) -> Float64:
    found = operation.formula(there.xp, *map(there.array, arguments))
    return np.asarray(there.numpy(found), dtype=np.float64)


def _one_by_one(there: Engine, operation: Operation, arguments: tuple[Float64, ...]) -> Float64:
    each = zip(*map(there.array, arguments), strict=True)
    found = [operation.formula(there.xp, *one) for one in each]
    return np.array([there.numpy(one) for one in found], dtype=np.float64)


def _flushing(
    there: Engine, operation: Operation, known: Expected, dtype: str
) -> Callable[[Float64], Bools]:
    """Make the function that tells in which results a subnormal number was taken for another.

    For zero: what came is zero, or what zero gives in the place of a subnormal argument. Or, where
    no error of the operation explains it, for another as small: a result no larger than the
    smallest normal number, or what an argument up to that number may give.
    """
    tiny = float(np.finfo(dtype).tiny)
    if not operation.elementwise:
        return lambda got: np.zeros(got.shape, dtype=bool)
    small = [np.abs(a) < tiny for a in known.arguments]
    some, lost = np.any(small, axis=0), np.abs(known.nearest) < tiny

    def instead(*numbers: Float64) -> Float64:
        return _together(there, operation, tuple(map(np.where, small, numbers, known.arguments)))

    zero = instead(*(0 * a for a in known.arguments))
    normal = instead(*(np.copysign(tiny, a) for a in known.arguments))
    least, most = np.fmin(zero, normal), np.fmax(zero, normal)

    def flushed(got: Float64) -> Bools:
        as_zero = lost & (got == 0) | some & ((got == zero) | (np.isnan(got) & np.isnan(zero)))
        as_small = lost & (np.abs(got) <= tiny) | some & (least <= got) & (got <= most)
        beyond = known.errors(got) > known.allowed
        return np.asarray((got != known.nearest) & (as_zero | beyond & as_small))

    return flushed


def _row(
    operation: Operation,
    where: tuple[str, str],
    known: Expected,
    index: np.ndarray[Any, np.dtype[np.int64]],
    got: Float64,
    flushed: Bools,
) -> Measured:
    """Sum up the results of the arguments ``index``; the worst exceeds by most, or errs most."""
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


def kept(there: Engine, n: int, dtype: str) -> Kept:
    """Multiply a subnormal argument to a normal number, and normal ones to a subnormal result."""
    f = np.finfo(dtype)

    def survives(a: float, b: float) -> bool:
        found = there.numpy(there.array(np.full(n, a)) * there.array(np.full(n, b)))
        return bool((found != 0).all())

    large = float(1 / f.eps) ** 2
    return Kept(survives(float(f.smallest_subnormal), large), survives(float(f.tiny), 0.5))


def fuses(target: str, dtype: str, n: int) -> bool | None:
    """Take a step x - lr g of gradient descent whose product needs more digits than there are.

    With x the rounded product, two roundings give zero, and one what the first of them dropped.
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
