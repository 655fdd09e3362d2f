"""Sharpness and coverage of a bound: the least change it detects, how often rounding exceeds it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from reference.agreement import (
    CONSTANT,
    CaseTruth,
    TapeTruth,
    arithmetics,
    exact_case,
    exact_tape,
    perturbed_case,
    perturbed_tape,
    step_unit,
    truth,
    unit,
    values_at,
)
from reference.arrays import Bools, Floats
from reference.case import Case
from reference.digits import distance, float64
from reference.errors import Invalid
from reference.rounding import Rounding
from reference.spec import Array
from reference.tape import Tape

SMALL = 1e-25  # relative change for a finite difference: linear, and exact to 25 of 50 digits
NOTICED = 0.9  # of the bound: the response that confirms a linearly extrapolated change
LARGEST_OF = (8, 16, 32, 64)  # group sizes for `Coverage.factors`
LEAST = 2 * max(LARGEST_OF)  # fewest runs for a coverage
SHARES = (0.5, 0.9, 0.99, 0.999, 1.0)  # quantiles of `Coverage.factors`
GROUPS = 16  # most groups of each size
FIRST = 10_001  # first seed, independent of a bound's seeds, which start at 1


@dataclass(frozen=True)
class Part:
    """One array of a truth: points, values, or an array of the state.

    Attributes
    ----------
    exact, allowed
        The exact numbers and the bounds on their errors.
    unit
        The unit in the last place that each bound includes.
    compared
        A boolean mask of the numbers before their horizon.
    """

    exact: Array
    allowed: Floats
    unit: Floats
    compared: Bools


@dataclass(frozen=True)
class Coverage:
    """How often independent perturbed runs exceed a bound.

    Attributes
    ----------
    runs
        The number of runs.
    beyond
        The number of runs that exceed the bound somewhere.
    ratio
        The largest error of all runs divided by its bound.
    factors
        For each N of `LARGEST_OF`: the factor by which the largest error of N runs, plus one ulp,
        bounds another run, as its `SHARES` quantiles over the runs. For points and states only:
        near a minimum the errors of values grow with the square of the points' errors.
    """

    runs: int
    beyond: int
    ratio: float
    factors: Mapping[int, tuple[float, ...]]


def reals(run: Case | Tape) -> tuple[str, ...]:
    """Return the names of a run's real numbers: hyperparameters, and constants as ``k.name``."""
    named = {**vars(run.hyperparameters)}
    if isinstance(run, Case):
        named |= {CONSTANT + name: value for name, value in run.constants.items()}
    return tuple(name for name, value in named.items() if isinstance(value, (float, np.ndarray)))


def sharpness(run: Case | Tape) -> Mapping[str, float]:
    """Return the least relative change of each real number of a run that its bound detects.

    The run is repeated in 50 digits with that number changed. The change is detected if some point,
    value or state is then further from the truth than its bound. No backend is involved: a program
    without rounding errors is assumed. One that errs by half its bound is detected at 0.5 to 1.5
    times this change.

    Parameters
    ----------
    run
        A `Case`, or a `Tape`. Its dtype sets the bound.

    Returns
    -------
    The change by name: a hyperparameter's name, or ``k.name`` for a constant of the problem, where
    all entries of an array change together. ``inf`` if no change up to a doubling, within the
    number's range, is detected, as for a zero. Where the run does not respond linearly, as in a
    bisection, it may be up to ten times too large.

    Examples
    --------
    >>> found = sharpness(Case("gd", "quadratic", {"coefficients": (1.0,)}, {"lr": 0.25}, steps=2))
    >>> found["lr"] < 1e-14
    True
    """
    parts = _parts(truth(run), run.dtype)
    return {name: _least(run, parts, name) for name in reals(run)}


def _least(run: Case | Tape, parts: Sequence[Part], name: str) -> float:
    response = _ratio(run, parts, name, SMALL) / SMALL
    if response == 0:
        return math.inf
    change = 1 / response
    largest = max(1.0, change)
    while change <= largest and _possible(run, name, change):
        if _ratio(run, parts, name, change) >= NOTICED:
            return change
        change *= 10
    return math.inf


def _possible(run: Case | Tape, name: str, change: float) -> bool:
    """Whether the changed number is within its range; constants have none."""
    if name.startswith(CONSTANT):
        return True
    try:
        replace(run.hyperparameters, **{name: getattr(run.hyperparameters, name) * (1 + change)})
    except Invalid:
        return False
    return True


def _ratio(run: Case | Tape, parts: Sequence[Part], name: str, change: float) -> float:
    """Return the largest error of the changed run over its bound; inf if it ends earlier."""
    steps = len(parts[0].exact) - 1
    found = _exact(replace(run, dtype="float64"), steps, name, change)
    if len(found[0]) <= steps:
        return math.inf
    return max(
        float(np.max((distance(array, part.exact) / part.allowed)[part.compared], initial=0.0))
        for array, part in zip(found, parts, strict=True)
    )


@lru_cache(maxsize=16)
def _exact(run: Case | Tape, steps: int, name: str, change: float) -> list[Array]:
    """Return points, and values or states, in 50 digits, with one number changed."""
    if isinstance(run, Tape):
        points, slots = exact_tape(run, {name: change})
        return [points, *slots]
    return list(exact_case(replace(run, stop=None, steps=steps), steps, {name: change}))


def _parts(true: CaseTruth | TapeTruth, dtype: str) -> list[Part]:
    """Return the arrays of a truth that are compared, points first."""
    rows = np.arange(len(true.points))[:, None] < true.horizon
    points = Part(true.points, true.allowed, step_unit(true.points, dtype), rows)
    if isinstance(true, CaseTruth):
        value_unit = unit(float64(true.values), dtype)
        return [points, Part(true.values, true.values_allowed, value_unit, np.all(rows, axis=1))]
    states = zip(true.slots, true.slots_allowed, strict=True)
    return [points, *(Part(*s, unit(float64(s[0]), dtype), rows[-1]) for s in states)]


def coverage(run: Case | Tape, runs: int = 1000, seed: int = FIRST) -> Coverage:
    """Estimate how often rounding errors alone exceed the bound of a run.

    Parameters
    ----------
    run
        A `Case`, or a `Tape`.
    runs
        The number of perturbed runs, independent of those of the bound; at least `LEAST`.
    seed
        Their first seed.

    Raises
    ------
    Invalid
        If ``runs`` is less than `LEAST`.

    Examples
    --------
    >>> coverage(Case("gd", "quadratic", {"coefficients": (1.0,)}, steps=2), runs=128).beyond
    0
    """
    if runs < LEAST:
        raise Invalid(f"runs = {runs!r}: expected {LEAST} or more")
    parts = _parts(truth(run), run.dtype)
    errors = list(zip(_errors(run, parts, runs, seed), parts, strict=True))
    with np.errstate(all="ignore"):
        ratios = np.max([_worst(e / part.allowed, part) for e, part in errors], axis=0)
    linear = errors[:1] if isinstance(run, Case) else errors
    factors = {n: np.quantile(_needed(linear, n), SHARES, method="higher") for n in LARGEST_OF}
    return Coverage(
        runs,
        int((ratios > 1).sum()),
        float(ratios.max()),
        {n: tuple(quantiles.tolist()) for n, quantiles in factors.items()},
    )


def _errors(run: Case | Tape, parts: Sequence[Part], runs: int, seed: int) -> list[Floats]:
    """Return the errors of perturbed runs in each part, (runs, ...); NaN after a run's end."""
    batches = [_perturbed(run, parts, xp) for xp in arithmetics(run, runs, seed)]
    found = [np.concatenate(arrays)[:runs] for arrays in zip(*batches, strict=True)]
    return [distance(array, part.exact) for array, part in zip(found, parts, strict=True)]


def _perturbed(run: Case | Tape, parts: Sequence[Part], xp: Rounding) -> list[Floats]:
    if isinstance(run, Tape):
        points, slots = perturbed_tape(run, xp)
        found = [points, *slots]
    else:
        unstopped = replace(run, stop=None, steps=len(parts[0].exact) - 1)
        points, objective = perturbed_case(unstopped, xp)
        found = [points, values_at(objective, points)]
    return [_padded(array, part.exact.shape) for array, part in zip(found, parts, strict=True)]


def _padded(found: Floats, shape: tuple[int, ...]) -> Floats:
    """Pad or cut to (runs, *shape), with NaN where a run had ended."""
    padded = np.full((len(found), *shape), np.nan)
    padded[:, : found.shape[1]] = found[:, : shape[0]]
    return padded


def _worst(ratios: Floats, part: Part) -> Floats:
    """Return the largest ratio of each run, (runs,)."""
    return np.asarray(np.fmax.reduce(ratios[:, part.compared], axis=1, initial=0.0))


def _needed(errors: Iterable[tuple[Floats, Part]], n: int) -> Floats:
    """Return the factors by which the largest error of n runs, plus one ulp, bounds the others."""
    return np.asarray(np.max([_factors(found, part, n) for found, part in errors], axis=0))


def _factors(errors: Floats, part: Part, n: int) -> Floats:
    """Return `_needed` for one array: each group of n runs against all runs outside it."""
    count = min(GROUPS, len(errors) // n)
    groups = [slice(start, start + n) for start in range(0, count * n, n)]
    with np.errstate(all="ignore"):
        excess = np.maximum(errors - part.unit, 0)
        found = [np.delete(excess, g, 0) / errors[g].max(axis=0) for g in groups]
        return np.concatenate([_worst(ratios, part) for ratios in found])
